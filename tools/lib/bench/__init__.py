# SPDX-License-Identifier: BSD-3-Clause
"""What tools/bench is made of. README.md in this folder says which module does what."""
