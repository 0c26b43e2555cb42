"""How the page looks, and the policy that lets this style in and nothing else.

Colours of levels are told apart by people who see colours differently, and never alone: every level
has a pattern of its own and its name beside it. Light and dark follow the reader's own settings; on
paper it is always light.
"""

from base64 import b64encode
from hashlib import sha256
from typing import Final

_LIGHT: Final = (
    "--paper:#fff;--ink:#16191d;--soft:#4d555e;--line:#d5dae0;--wash:#f4f6f8;--axis:#6b747e;"
    "--l0:#0b67b2;--l1:#f0a30a;--l2:#17866a;--l3:#c7579a;--l4:#62b5e5;--l5:#a34a00;--l6:#7d7d00;"
    "--l7:#6a5acd;--mark:#16191d;--bad:#b3261e;--good:#0a6b3c;--bad-wash:#fdecea;"
    "--good-wash:#e6f4ec;--warn-wash:#fff4dc;--warn:#7a4d00;--window:#f6dcd9;--true:#16191d;"
    "--link:#0b57a4;--never:#c3c9d1;"
    "--bubble:#fff"
)
_DARK: Final = (
    "--paper:#12161b;--ink:#e9edf1;--soft:#a7b1bc;--line:#313a44;--wash:#1b2128;--axis:#8a95a1;"
    "--l0:#4ea3e6;--l1:#f2b632;--l2:#3fbf98;--l3:#e58abf;--l4:#93d3f7;--l5:#e08a4a;--l6:#c9c93a;"
    "--l7:#a99bf0;--mark:#12161b;--bad:#ff8b80;--good:#6fd8a1;--bad-wash:#3a1d1b;"
    "--good-wash:#15301f;--warn-wash:#362a10;--warn:#f2c46a;--window:#3b2422;--true:#f4f6f8;"
    "--link:#8cc4ff;--never:#4a5561;"
    "--bubble:#12161b"
)

_WORDS: Final = """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
main{max-width:960px;margin:0 auto;padding:28px 20px 48px}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:1.25rem;line-height:1.3;margin:44px 0 8px;padding-top:14px;
border-top:1px solid var(--line)}
h3{font-size:1rem;margin:22px 0 6px;overflow-wrap:anywhere}
p{margin:6px 0 12px;max-width:74ch}
.soft,figcaption,caption{color:var(--soft)}
.lead{font-size:1.06rem}
a{color:var(--link)}
code,pre{font:13.5px/1.55 ui-monospace,"Cascadia Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
code{overflow-wrap:anywhere}
pre{background:var(--wash);border:1px solid var(--line);border-radius:6px;padding:10px 12px;
margin:8px 0 14px;white-space:pre-wrap;overflow-wrap:anywhere}
.verdict{display:inline-block;font-weight:700;border-radius:6px;padding:2px 10px;
border:2px solid currentColor;margin:10px 0}
.ok{color:var(--good);background:var(--good-wash)}
.no{color:var(--bad);background:var(--bad-wash)}
.warn{color:var(--warn);background:var(--warn-wash)}
b.ok,b.no{white-space:nowrap;padding:1px 6px;border-radius:4px}
"""
_BLOCKS: Final = """
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(168px,1fr));gap:10px;
margin:16px 0 8px;padding:0;list-style:none}
.tiles li{border:1px solid var(--line);border-radius:8px;padding:10px 14px;background:var(--wash)}
.tiles b{display:block;white-space:nowrap;font-size:1.3rem;line-height:1.25;
font-variant-numeric:tabular-nums}
.tiles span{display:block;font-size:.86rem;color:var(--soft)}
.sim{border-left:5px solid var(--warn);background:var(--warn-wash);padding:8px 14px;
margin:16px 0;border-radius:0 6px 6px 0}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;margin:8px 0 16px;font-size:.92rem}
caption{text-align:left;padding:0 0 6px;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:5px 10px 5px 0;border-bottom:1px solid var(--line);
overflow-wrap:break-word}
th{font-weight:600}
tbody th{font-weight:500}
thead th{border-bottom:2px solid var(--axis);overflow-wrap:normal}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.odd-cell{font-weight:700}
figure{margin:14px 0 6px}
figcaption{font-size:.9rem;margin:4px 0 6px;max-width:80ch}
.key{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;margin:4px 0;padding:0;
font-size:.9rem}
.key li{display:flex;align-items:center;gap:7px}
.key svg{width:22px;height:14px;flex:none}
details{margin:2px 0 12px;font-size:.92rem}
summary{cursor:pointer;color:var(--link)}
.ladder{list-style:none;margin:10px 0 4px;padding:0}
.rung{border:1px solid var(--line);border-left:8px solid;border-radius:8px;padding:8px 14px 10px;
background:var(--wash)}
.rung h4{margin:0;font-size:1rem}
.rung p{max-width:none;margin:2px 0;font-size:.93rem}
.fall{padding:5px 0 5px 20px;color:var(--soft);font-size:.93rem}
.b0{border-left-color:var(--l0)}.b1{border-left-color:var(--l1)}.b2{border-left-color:var(--l2)}
.b3{border-left-color:var(--l3)}.b4{border-left-color:var(--l4)}.b5{border-left-color:var(--l5)}
.b6{border-left-color:var(--l6)}.b7{border-left-color:var(--l7)}
.story{border:1px solid var(--line);border-radius:8px;padding:4px 16px 10px;margin:16px 0}
.story h3{margin:10px 0 2px}
.truth td,.truth th{font-style:italic;background:var(--wash)}
.why{margin:4px 0 10px;padding-left:20px;font-size:.93rem}
footer{margin-top:40px;border-top:1px solid var(--line);padding-top:12px;font-size:.9rem;
color:var(--soft)}
"""
_PLOTS: Final = """
.plot{display:block;width:100%;height:auto}
.narrow{display:none}
.plot text{font:12.5px system-ui,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;
fill:var(--ink)}
.plot .tick{fill:var(--soft)}
.plot .head{font-weight:600;font-size:14px}
.plot .window-name{fill:var(--bad);font-size:12px}
.grid{stroke:var(--line);stroke-width:1}
.axis{stroke:var(--axis);stroke-width:1}
.window{fill:var(--window)}
.m{stroke:var(--mark);stroke-width:1.3;fill:none;opacity:.75}
.mf{fill:var(--mark);opacity:.75}
.f0{fill:var(--l0)}.f1{fill:var(--l1)}.f2{fill:var(--l2)}.f3{fill:var(--l3)}.f4{fill:var(--l4)}
.f5{fill:var(--l5)}.f6{fill:var(--l6)}.f7{fill:var(--l7)}
.bad{fill:var(--bad)}
.mb{stroke:var(--paper);stroke-width:.9;opacity:.8}
.edge{fill:none;stroke:var(--ink);stroke-width:.8}
.asked{fill:none;stroke:var(--ink);stroke-width:1.2;stroke-dasharray:1.5 2.5}
.owed{fill:none;stroke:var(--true);stroke-width:2.4;stroke-dasharray:2 3}
.true{fill:none;stroke:var(--true);stroke-width:2;stroke-dasharray:7 4}
.bed{fill:var(--wash);stroke:var(--line)}
.tried{fill:var(--never)}
.span{fill:var(--bad)}
.never{fill:var(--never)}
.odd{stroke:var(--bad);stroke-width:2.5}
.dot{fill:var(--bubble);stroke:var(--ink);stroke-width:1.6}
.dot-true{fill:var(--ink);stroke:var(--paper);stroke-width:1.6}
.ev td:nth-child(2){white-space:nowrap}
"""
_PAPER: Final = f"""
@media (prefers-color-scheme:dark){{:root{{{_DARK}}}}}
@media (max-width:640px){{main{{padding:18px 14px 32px}}h1{{font-size:1.4rem}}
.wide{{display:none}}.narrow{{display:block}}.tiles{{grid-template-columns:1fr 1fr}}
.tiles b{{font-size:1.15rem}}.story{{padding:2px 10px 8px}}
table{{font-size:.84rem}}.ladder,.why{{font-size:.95rem}}}}
@media print{{:root{{{_LIGHT};color-scheme:light}}
@page{{margin:14mm}}
body{{font-size:10.5pt;background:#fff}}
main{{max-width:none;padding:0}}
.tiles{{grid-template-columns:repeat(5,1fr)}}.tiles b{{font-size:1.05rem}}
.story h3,.story p,.story summary{{break-after:avoid}}
*{{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
.wide{{display:block}}.narrow{{display:none}}
h2{{break-after:avoid;margin-top:26px}}h3,h4,caption,summary{{break-after:avoid}}
figure,.rung,.tiles li,.sim,tr,pre{{break-inside:avoid}}
.story{{break-inside:auto}}thead{{display:table-header-group;break-after:avoid}}
tbody tr:nth-child(-n+3){{break-before:avoid}}details,.why{{orphans:3}}
.scroll{{overflow:visible}}details:not([open]){{display:none}}a{{color:inherit}}}}
"""

STYLE: Final = "".join(
    f":root{{color-scheme:light dark;{_LIGHT}}}{_WORDS}{_BLOCKS}{_PLOTS}{_PAPER}".split("\n")
)
"""The one style of the page."""

POLICY: Final = (
    "default-src 'none'; "
    f"style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'"
)
"""What the page may load and do: have this style. No script runs, nothing is fetched or sent."""
