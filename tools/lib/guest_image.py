# SPDX-License-Identifier: BSD-3-Clause
"""Builds what a test guest boots from: a Debian kernel and a small initramfs.

The kernel comes from Debian's cloud kernel package; where that cannot be downloaded, the running
machine's own /boot and /lib/modules serve. The initramfs has busybox, a handful of real tools
with their libraries, and the modules that a virtio-net NIC needs. Both are kept in a cache
directory; a second call only compares a key.

The device nodes of an initramfs need root to be made but not to be written down, so the archive
is written here entry by entry (cpio "newc", see Documentation/driver-api/early-userspace of the
kernel) and any user can build it.
"""

import contextlib
import fcntl
import glob
import hashlib
import json
import lzma
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile

# What a guest has beside busybox. Missing optional ones are left out. The shell is dash, because
# busybox's runs its own ip and ping before those in PATH.
PROGRAMS = ("dash", "ip", "ethtool", "iperf3", "ping", "nstat")
OPTIONAL_PROGRAMS = ("nstat",)
MODULES = ("virtio_pci", "virtio_net")
SEARCH_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
HERE = os.path.dirname(os.path.abspath(__file__))

# busybox applets that a real program must not be hidden by.
SKIPPED_APPLETS = {"init", "busybox", "sh", *PROGRAMS}


class GuestError(Exception):
    """Something an operator can act on; the text says what to do."""


def default_cache():
    if os.geteuid() == 0:
        return "/var/cache/dvs/guest"
    return os.path.join(os.getcwd(), ".cache", "guest")


def find_program(name):
    path = shutil.which(name, path=SEARCH_PATH)
    if path is None and name not in OPTIONAL_PROGRAMS:
        raise GuestError(f"{name} is not installed; install the packages that "
                         "tools/lib/packages.sh lists under DVS_RUN_PACKAGES")
    return path


def find_busybox():
    path = find_program("busybox")
    with open(path, "rb") as file:
        if b"ld-linux" in file.read(4096):
            raise GuestError(f"{path} is not static; install busybox-static")
    return path


def libraries_of(program):
    """Absolute paths of the shared objects that a program loads, its dynamic linker included."""
    output = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    return sorted(set(re.findall(r"(?:=> |^\s+)(/\S+) \(0x", output, re.MULTILINE)))


class Archive:
    """A cpio archive in the "newc" format, as the kernel unpacks it."""

    def __init__(self, file):
        self.file = file
        self.inode = 0
        self.names = set()

    def _add(self, name, mode, data=b"", device=(0, 0)):
        self.inode += 1
        encoded = name.encode() + b"\0"
        numbers = (self.inode, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(encoded), 0)
        self._write(b"070701" + b"".join(b"%08x" % number for number in numbers) + encoded)
        self._write(data)

    def _write(self, data):
        self.file.write(data + b"\0" * (-len(data) % 4))

    def directory(self, name):
        if name and name not in self.names:
            self.directory(os.path.dirname(name))
            self.names.add(name)
            self._add(name, stat.S_IFDIR | 0o755)

    def content(self, name, data, mode=0o755):
        if name not in self.names:
            self.directory(os.path.dirname(name))
            self.names.add(name)
            self._add(name, stat.S_IFREG | mode, data)

    def copy(self, path, name=None):
        with open(path, "rb") as file:
            self.content(name or path.lstrip("/"), file.read())

    def link(self, name, target):
        if name not in self.names:
            self.directory(os.path.dirname(name))
            self.names.add(name)
            self._add(name, stat.S_IFLNK | 0o777, target.encode())

    def character_device(self, name, major, minor):
        self.directory(os.path.dirname(name))
        self._add(name, stat.S_IFCHR | 0o600, device=(major, minor))

    def end(self):
        self._add("TRAILER!!!", 0)


def module_content(path):
    if path.endswith(".xz"):
        with lzma.open(path) as file:
            return file.read()
    with open(path, "rb") as file:
        return file.read()


def find_modules(root):
    """The wanted modules and what they depend on, in loading order: [(name, content)]."""
    paths = {}
    for path in glob.glob(os.path.join(root, "**", "*.ko*"), recursive=True):
        name = os.path.basename(path).split(".")[0].replace("-", "_")
        paths[name] = path
    order = {}

    def load(name):
        if name in order or name not in paths:
            return  # built into this kernel, or loaded already
        content = module_content(paths[name])
        depends = re.search(rb"\0depends=([^\0]*)\0", content)
        for other in filter(None, depends.group(1).decode().split(",") if depends else []):
            load(other.replace("-", "_"))
        order[name] = content

    for name in MODULES:
        load(name)
    return list(order.items())


def download_kernel(directory, progress):
    """Downloads and unpacks Debian's cloud kernel; returns (kernel, module root)."""
    depends = subprocess.run(["apt-cache", "depends", "linux-image-cloud-amd64"],
                             capture_output=True, text=True, check=False).stdout
    package = re.search(r"Depends: (linux-image-[0-9]\S*)", depends)
    if package is None:
        raise GuestError("apt knows no package linux-image-cloud-amd64; run: apt-get update")
    progress(f"downloading {package.group(1)}")
    command = ["apt-get", "-q", "download", package.group(1)]
    if os.geteuid() == 0:
        command[1:1] = ["-o", "APT::Sandbox::User=root"]
    result = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    archives = glob.glob(os.path.join(directory, "*.deb"))
    if result.returncode != 0 or not archives:
        raise GuestError(f"{' '.join(command)} failed: {result.stderr.strip()[-300:]}")
    progress("unpacking the kernel")
    subprocess.run(["dpkg-deb", "-x", archives[0], directory], check=True)
    kernels = glob.glob(os.path.join(directory, "boot", "vmlinuz-*"))
    roots = (glob.glob(os.path.join(directory, "lib/modules/*"))
             + glob.glob(os.path.join(directory, "usr/lib/modules/*")))
    if not kernels or not roots:
        raise GuestError(f"{package.group(1)} has no kernel in it")
    return kernels[0], roots[0]


def installed_kernel():
    """A kernel of this machine whose modules are there, or None."""
    for kernel in sorted(glob.glob("/boot/vmlinuz-*"), reverse=True):
        root = "/lib/modules/" + kernel.removeprefix("/boot/vmlinuz-")
        if os.path.isdir(root) and os.access(kernel, os.R_OK):
            return kernel, root
    return None


def build_kernel(cache, progress):
    """Leaves vmlinuz and modules/ in the cache directory."""
    with tempfile.TemporaryDirectory(dir=cache) as directory:
        try:
            kernel, root = download_kernel(directory, progress)
        except GuestError as error:
            found = installed_kernel()
            if found is None:
                raise
            progress(f"{error}; using {found[0]}")
            kernel, root = found
        modules = find_modules(root)
        if not any(name == "virtio_net" for name, _ in modules):
            builtin = os.path.join(root, "modules.builtin")
            with open(builtin, encoding="ascii") as file:
                if "virtio_net.ko" not in file.read():
                    raise GuestError(f"{kernel} has no virtio_net module")
        target = os.path.join(cache, "modules")
        shutil.rmtree(target, ignore_errors=True)
        os.mkdir(target)
        for number, (name, content) in enumerate(modules):
            with open(os.path.join(target, f"{number:02d}-{name}.ko"), "wb") as file:
                file.write(content)
        shutil.copyfile(kernel, os.path.join(cache, "vmlinuz"))


def build_initramfs(cache, progress):
    progress("writing the initramfs")
    busybox = find_busybox()
    applets = subprocess.run([busybox, "--list"], capture_output=True, text=True,
                             check=True).stdout.split()
    path = os.path.join(cache, "initramfs.new")
    with open(path, "wb") as file:
        archive = Archive(file)
        for name in ("proc", "sys", "dev", "tmp", "run", "root", "etc"):
            archive.directory(name)
        archive.character_device("dev/console", 5, 1)
        archive.copy(os.path.join(HERE, "guest_init.sh"), "init")
        archive.copy(busybox, "bin/busybox")
        for program in filter(None, map(find_program, PROGRAMS)):
            archive.copy(program, "bin/" + os.path.basename(program))
            for library in libraries_of(program):
                archive.copy(library)
        archive.link("bin/sh", "dash")
        for applet in applets:
            if applet not in SKIPPED_APPLETS:
                archive.link("bin/" + applet, "busybox")
        for name in sorted(os.listdir(os.path.join(cache, "modules"))):
            archive.copy(os.path.join(cache, "modules", name), "modules/" + name)
        archive.content("etc/passwd", b"root:x:0:0::/root:/bin/sh\n", 0o644)
        archive.end()
    os.rename(path, os.path.join(cache, "initramfs"))


def image_key():
    """Changes when anything that the initramfs is made of changes."""
    digest = hashlib.sha256()
    for name in ("guest_image.py", "guest_init.sh"):
        with open(os.path.join(HERE, name), "rb") as file:
            digest.update(file.read())
    for program in filter(None, map(find_program, ("busybox",) + PROGRAMS)):
        status = os.stat(program)
        digest.update(f"{program} {status.st_size} {status.st_mtime_ns}".encode())
    return digest.hexdigest()


@contextlib.contextmanager
def locked(path):
    with open(path, "w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def build(cache=None, progress=None, refresh=False):
    """Makes sure that the image is there; returns (kernel path, initramfs path)."""
    cache = cache or default_cache()
    progress = progress or (lambda text: print(f"guest image: {text}", file=sys.stderr))
    try:
        os.makedirs(cache, exist_ok=True)
    except OSError as error:
        raise GuestError(f"{cache}: {error.strerror}; choose another one with --cache") from error
    kernel, initramfs = (os.path.join(cache, name) for name in ("vmlinuz", "initramfs"))
    key_path = os.path.join(cache, "key.json")
    with locked(os.path.join(cache, "lock")):
        key = image_key()
        try:
            with open(key_path, encoding="ascii") as file:
                is_current = json.load(file)["key"] == key
        except (OSError, ValueError, KeyError):
            is_current = False
        if refresh or not os.path.exists(kernel):
            build_kernel(cache, progress)
            is_current = False
        if not is_current or not os.path.exists(initramfs):
            build_initramfs(cache, progress)
            with open(key_path, "w", encoding="ascii") as file:
                json.dump({"key": key}, file)
    return kernel, initramfs
