// What every page with a sign-in begins with: the handler puts it where a page says "/* sign_in.js */".
// Texts of others are only ever set as text, never as HTML.
const at = (id) => document.getElementById(id);
const { signIn, client, scope } = document.documentElement.dataset;
const here = location.origin + location.pathname;
let token = null;

function say(text, bad = false) {
  at("message").textContent = text;
  at("message").className = bad ? "bad" : "";
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

// Authorization code with PKCE: https://datatracker.ietf.org/doc/html/rfc7636
async function leaveToSignIn() {
  const verifier = random();
  const state = random();
  sessionStorage.setItem("verifier", verifier);
  sessionStorage.setItem("state", state);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const asked = new URLSearchParams({
    response_type: "code",
    client_id: client,
    redirect_uri: here,
    scope,
    state,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: "S256",
  });
  location.assign(`${signIn}/oauth2/authorize?${asked}`);
}

async function comeBack(given) {
  const verifier = sessionStorage.getItem("verifier");
  const expected = sessionStorage.getItem("state");
  sessionStorage.clear();
  history.replaceState(null, "", here);
  if (given.has("error")) throw new Error(`Signing in failed: ${given.get("error_description") || given.get("error")}`);
  if (!expected || given.get("state") !== expected) throw new Error("Signing in failed: this answer was not asked for.");
  const answer = await fetch(`${signIn}/oauth2/token`, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: client,
      code: given.get("code"),
      redirect_uri: here,
      code_verifier: verifier,
    }),
  });
  if (!answer.ok) throw new Error("Signing in failed: the code was refused.");
  // In memory only: nothing on this computer outlives the page.
  token = (await answer.json()).access_token;
}
