/// The style sheet of the status page. It uses the fonts of the system, and follows its light or dark colours. Every
/// text has a contrast of at least 4.5 to 1 to its background (WCAG 2.2, 1.4.3).
enum StatusStyle {
    /// The hash of the sheet, by which the page's policy allows it and no other. A test computes it.
    static let hash = "sha256-ds8n0XKZGkInXBZDC2vAH6AZVD6h8O+yjbacz9K693U="

    static let sheet: StaticString = """
        :root{--text:#1b2129;--soft:#566170;--line:#dfe4ea;--back:#f6f7f9;--card:#fff;--good:#17693b;--warning:#8a5200;\
        --bad:#b3261e;--idle:#566170;--bar:#5b86b8;--bar2:#c77f0a}
        @media (prefers-color-scheme:dark){:root{--text:#e4e8ee;--soft:#9aa6b4;--line:#2d3540;--back:#12161b;\
        --card:#1a2027;--good:#5cc98a;--warning:#e3a94b;--bad:#ff8a80;--idle:#9aa6b4;--bar:#6f9fd8;--bar2:#e3a94b}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--back);color:var(--text);\
        font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif;\
        -webkit-text-size-adjust:100%;overflow-wrap:anywhere}
        header,main,footer{max-width:72rem;margin:0 auto;padding:0 1.25rem}
        header{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;justify-content:space-between;align-items:center;\
        padding-top:1.75rem;padding-bottom:1.25rem}
        h1{margin:0;font-size:1.5rem;line-height:1.25;font-weight:650;letter-spacing:-.01em}
        header p{margin:0;color:var(--soft)}
        .state{font-size:1.15rem}
        h2{margin:0 0 .75rem;font-size:1rem;font-weight:650}
        section,.facts{background:var(--card);border:1px solid var(--line);border-radius:.75rem;margin:0 0 1.25rem;\
        padding:1.1rem 1.25rem}
        .problems{border-left:.3rem solid var(--bad)}
        .problems ul{margin:0;padding-left:1.2rem}
        .facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(10.5rem,1fr));gap:1rem 1.5rem}
        dt{color:var(--soft);font-size:.8125rem}
        dd{margin:0;font-size:1.0625rem;font-variant-numeric:tabular-nums}
        dd small{display:block;color:var(--soft);font-size:.8125rem}
        .note{color:var(--warning);font-size:.8em}
        table{width:100%;border-collapse:collapse;font-size:.9375rem;font-variant-numeric:tabular-nums}
        th{color:var(--soft);font-weight:500;font-size:.8125rem;text-align:left;white-space:nowrap}
        th,td{padding:.5rem .9rem .5rem 0;border-bottom:1px solid var(--line);vertical-align:top}
        tr:last-child td{border-bottom:0}
        th:last-child,td:last-child{padding-right:0}
        th.number,td.number{text-align:right;white-space:nowrap}
        .badge{font-weight:600;white-space:nowrap}
        .symbol{display:inline-block;width:1.1em;text-align:center}
        .good{color:var(--good)}.warning{color:var(--warning)}.bad{color:var(--bad)}.idle{color:var(--idle)}
        .reason{display:block;max-width:22rem;color:var(--soft);font-size:.8125rem}
        .empty,footer p{margin:0;color:var(--soft)}
        footer{padding-bottom:2rem;font-size:.8125rem}
        .plot{margin:0 0 .75rem;color:var(--soft);font-size:.8125rem}
        .plot svg{display:block;width:100%;height:8rem;border-bottom:1px solid var(--line);\
        border-top:1px dashed var(--line);margin:.15rem 0 .25rem}
        .plot p{display:flex;justify-content:space-between;margin:0}
        .done{fill:var(--bar)}.again{fill:var(--bar2)}.refused{fill:var(--bad)}.gap{stroke:var(--card);stroke-width:1.2}
        .legend{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;margin:0;padding:0;list-style:none;\
        font-size:.875rem;font-variant-numeric:tabular-nums}
        .legend svg{width:.8rem;height:.8rem;margin-right:.4rem;vertical-align:-.05rem}
        @media (max-width:44rem){header,main,footer{padding-left:.875rem;padding-right:.875rem}
        section,.facts{padding:.9rem}
        .facts{grid-template-columns:1fr 1fr;gap:.8rem}
        thead{display:none}table,tbody,td{display:block}
        tr{display:grid;grid-template-columns:1fr 1fr;gap:.1rem 1.75rem;padding:.7rem 0;\
        border-bottom:1px solid var(--line)}
        tr:first-child{padding-top:0}tr:last-child{border-bottom:0;padding-bottom:0}
        td,td.number{display:flex;gap:.75rem;justify-content:space-between;padding:0;border:0}
        td::before{flex:none;content:attr(data-label);color:var(--soft)}
        td:first-child,td.badge-cell{grid-column:1/-1}
        td:first-child{font-weight:600}
        td:first-child::before,td.badge-cell::before{content:none}
        td.badge-cell{padding-bottom:.2rem}
        .reason{max-width:none}}
        @media print{body{background:none}section,.facts{break-inside:avoid}}
        """
}
