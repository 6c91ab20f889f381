"""What another site's page and server need for an embedded form; the guide and the page of keys show the same."""

_SCRIPT = """<script src="{base}/static/embed.js" data-context="SIGNED_CONTEXT" data-title="Survey" async></script>
<noscript><a href="{base}/e/SIGNED_CONTEXT">Survey</a></noscript>"""

PYTHON = """import base64, hashlib, hmac, json, secrets, time

def signed_context(public_id, secret, account, contact, origin):
    said = {"account": account, "contact": contact, "origin": origin,
            "exp": int(time.time()) + 900, "id": secrets.token_hex(8)}
    payload = base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
    text = f"{public_id}.{payload}"
    return text + "." + hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()"""

JAVASCRIPT = """const crypto = require("node:crypto");

function signedContext(publicId, secret, account, contact, origin) {
  const said = { account, contact, origin, exp: Math.floor(Date.now() / 1000) + 900, id: crypto.randomUUID() };
  const text = publicId + "." + Buffer.from(JSON.stringify(said)).toString("base64url");
  return text + "." + crypto.createHmac("sha256", secret).update(text).digest("hex");
}"""

PHP = """function signed_context($publicId, $secret, $account, $contact, $origin) {
    $said = ["account" => $account, "contact" => $contact, "origin" => $origin,
             "exp" => time() + 900, "id" => bin2hex(random_bytes(8))];
    $payload = rtrim(strtr(base64_encode(json_encode($said)), "+/", "-_"), "=");
    $text = "$publicId.$payload";
    return $text . "." . hash_hmac("sha256", $text, $secret);
}"""

SIGNING = {"Python": PYTHON, "JavaScript (Node.js)": JAVASCRIPT, "PHP": PHP}


def script_tag(base: str) -> str:
    """What stands in the page of the other site."""
    return _SCRIPT.format(base=base)
