"use strict";
// Signing in on login.html; and on every other page who is there, with a way to sign out.

{
  const element = (id) => document.getElementById(id);
  const send = (path, body) => fetch(path, {
    method: "POST",
    cache: "no-store",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

  element("sign-in")?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = element("name").value.trim();
    const secret = element("password").value;
    element("go").disabled = true;
    element("trouble").textContent = "";
    let trouble = "The agent does not answer.";
    try {
      const answer = await send("api/v1/login", name ? { name, password: secret } : { token: secret });
      if (answer.ok) return location.replace("./" + location.hash);
      trouble = await answer.text();
    } catch { /* told below */ }
    element("password").value = "";
    element("trouble").textContent = trouble;
    element("go").disabled = false;
    element("password").focus();
  });

  const place = element("me");
  if (place) {
    fetch("api/v1/me", { cache: "no-store" }).then((answer) => answer.ok ? answer.json() : null).then((me) => {
      element("setup-open").hidden = !(me?.rights.admin && me.setup);
      if (!me?.name) return;
      element("me-name").textContent = me.name;
      element("me-name").title = me.role + (me.scope.length ? ": " + me.scope.join(", ") : "");
      element("sign-out").hidden = !me.session;
      place.hidden = false;
    }).catch(() => {});
    element("sign-out").addEventListener("click", async () => {
      await send("api/v1/logout", {}).catch(() => {});
      location.assign("login.html");
    });
  }
}
