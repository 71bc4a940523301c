# SPDX-License-Identifier: BSD-3-Clause
"""Rates over time, of scenarios that limit them: in a terminal, and as SVG."""

from xml.sax.saxutils import escape

from .scenarios import SCENARIOS

BLOCKS = " ▁▂▃▄▅▆▇█"
ROWS = 4          # of text for each device
MOST = 2.0        # times the limit: the top of a plot
COLUMNS = 100     # windows in a row of text
COLORS = ("#0b6e4f", "#2a6fdb", "#8e5bc0", "#d1495b", "#e08e0b", "#555555")
WIDTH, HEIGHT, LEFT, TOP, GAP = 860, 240, 60, 34, 26  # of a panel of the SVG


def _asked(result):
    return next(scenario.limit for scenario in SCENARIOS
                if scenario.name == result["scenario"]) / 1e6


def _limited(result):
    return any("windows_mbps" in summary["samples"][0] for summary in result["devices"].values())


def _windows(result):
    """(device, windows as multiples of the limit) of each device's first sample."""
    asked = _asked(result)
    for peer, summary in result["devices"].items():
        yield peer, [rate / asked for rate in summary["samples"][0]["windows_mbps"]]


def text(result):
    """Lines for a terminal; none when no rate was limited."""
    if not _limited(result):
        return
    asked = _asked(result)
    yield f"{result['scenario']}: windows of 100 ms of the first round; | is {asked:g} Mb/s"
    for peer, windows in _windows(result):
        levels = [round(min(value, MOST) * ROWS * 8 / MOST) for value in windows[:COLUMNS]]
        for row in reversed(range(ROWS)):
            cells = "".join(BLOCKS[max(0, min(8, level - 8 * row))] for level in levels)
            is_limit = row == round(ROWS / MOST) - 1
            if is_limit or not cells.isspace():
                yield f"{peer if is_limit else '':18} {'|' if is_limit else ' '}{cells}".rstrip()
    yield ""


def _panel(result, top):
    """The elements of one scenario's panel."""
    width, height, asked = WIDTH - LEFT - 20, HEIGHT - TOP - GAP, _asked(result)
    most = max(len(windows) for _, windows in _windows(result))

    def x(number):
        return LEFT + width * number / max(1, most - 1)

    def y(value):
        return top + TOP + height * (1 - min(value, MOST) / MOST)
    yield (f'<text x="{LEFT}" y="{top + 14}" font-weight="bold">{escape(result["scenario"])}: '
           f'{escape(result["text"])}</text>')
    for value in (0, 0.5, 1, 1.5, 2):
        dash = "" if value == 1 else ' stroke-dasharray="2 4"'
        yield (f'<line x1="{LEFT}" x2="{LEFT + width}" y1="{y(value):.1f}" y2="{y(value):.1f}" '
               f'stroke="#999"{dash}/>')
        yield (f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">'
               f'{value * asked:g}</text>')
    for second in range(0, most // 10 + 1):
        yield (f'<text x="{x(min(10 * second, most - 1)):.1f}" y="{top + HEIGHT - 10}" '
               f'text-anchor="middle">{second} s</text>')
    for number, (peer, windows) in enumerate(_windows(result)):
        color = COLORS[number % len(COLORS)]
        points = " ".join(f"{x(i):.1f},{y(value):.1f}" for i, value in enumerate(windows))
        yield (f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="1.5" '
               'stroke-opacity="0.85"/>')
        yield (f'<text x="{LEFT + 150 * number}" y="{top + 28}" fill="{color}">'
               f'{escape(peer)}</text>')


def svg(results):
    """A panel for each scenario: Mb/s in windows of 100 ms, up to twice the limit."""
    panels = [result for result in results if _limited(result)]
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
             f'height="{HEIGHT * len(panels)}" font-family="sans-serif" font-size="12">',
             '<rect width="100%" height="100%" fill="white"/>']
    for number, result in enumerate(panels):
        lines += _panel(result, HEIGHT * number)
    return "\n".join([*lines, "</svg>", ""])
