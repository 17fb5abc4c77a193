
"use strict";
(() => {
  const form = document.getElementById("filter");
  if (form) {
    const part = (name) => document.getElementById("f-" + name);
    const sessions = [...document.querySelectorAll("details.session")].map((el) => ({
      el, open: el.open,
      rows: [...el.querySelectorAll("tbody tr")].map((tr) => ({ el: tr, text: tr.textContent.toLowerCase(), data: tr.dataset })),
    }));
    const apply = () => {
      const text = part("text").value.trim().toLowerCase();
      const want = { user: part("user").value, op: part("op").value, kind: part("kind").value };
      const held = part("held").checked;
      const active = text || held || want.user || want.op || want.kind;
      let shown = 0, all = 0;
      for (const s of sessions) {
        let here = 0;
        for (const r of s.rows) {
          const fits = (!text || r.text.includes(text)) && (!held || "held" in r.data) &&
            Object.entries(want).every(([name, value]) => !value || r.data[name] === value);
          r.el.hidden = !fits;
          here += fits ? 1 : 0;
          all++;
        }
        shown += here;
        s.el.hidden = Boolean(active) && here === 0;
        s.el.open = active ? here > 0 : s.open;
      }
      part("count").value = shown.toLocaleString("en") + " of " + all.toLocaleString("en") + " shown";
    };
    form.hidden = false;
    form.addEventListener("input", apply);
    form.addEventListener("submit", (e) => e.preventDefault());
    apply();
  }
  const reveal = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (target && target.tagName === "DETAILS") target.open = true;
  };
  addEventListener("hashchange", reveal);
  reveal();
})();
