import type { Settings } from './settings.js';

const TEXT = 'Whoever is ill calls the office before nine.';

/** What somebody sees when the app is up: where it is, and what to paste into another terminal. */
export function firstTour({ publicUrl, adminToken }: Settings): string {
  const json = `-H 'Content-Type: application/json'`;
  return `
  Documents of teams, on ${publicUrl}
  Admin API ${publicUrl}/admin/tenants (token ${adminToken})

    field() { sed "s|.*\\"$1\\":\\"\\([^\\"]*\\)\\".*|\\1|"; }
    sign_in() { curl -s ${publicUrl}/sign-in ${json} -d "{\\"email\\":\\"$1\\"}" | field token; }
    ADA="Authorization: Bearer $(sign_in ada@acme.example)"
    BOB="Authorization: Bearer $(sign_in bob@acme.example)"

    # sign up (as often as you like), invite, accept
    curl -s ${publicUrl}/workspaces -H "$ADA" ${json} -d '{"slug":"acme","name":"Acme","plan":"business"}'
    LINK=$(curl -s ${publicUrl}/team/invitations -H 'X-Tenant-ID: acme' -H "$ADA" ${json} -d '{"email":"bob@acme.example"}' | field link)
    curl -s ${publicUrl}/join -H "$BOB" ${json} -d "{\\"token\\":\\"\${LINK#*#}\\"}"

    # upload a text, and make a document of it
    UPLOAD=$(curl -s ${publicUrl}/files/upload/presign -H 'X-Tenant-ID: acme' -H "$BOB" ${json} \\
      -d '{"filename":"ill.txt","contentType":"text/plain","module":"documents","sizeBytes":${TEXT.length}}')
    FILE=$(echo "$UPLOAD" | sed 's|.*"file":{"id":"\\([^"]*\\)".*|\\1|')
    curl -s -X PUT "$(echo "$UPLOAD" | field url)" -H 'Content-Type: application/vnd.rowhouse.upload' -d '${TEXT}'
    curl -s -X POST ${publicUrl}/files/$FILE/complete -H 'X-Tenant-ID: acme' -H "$BOB"
    curl -s ${publicUrl}/documents -H 'X-Tenant-ID: acme' -H "$BOB" ${json} -d "{\\"title\\":\\"Illness\\",\\"fileId\\":\\"$FILE\\"}"

    # search by meaning, or rather by words and parts of them
    curl -s "${publicUrl}/documents/search?q=who+to+call+when+ill" -H 'X-Tenant-ID: acme' -H "$BOB"

    # connect a calendar (a stand-in consents at once), and read it
    CONSENT=$(curl -s ${publicUrl}/integrations/authorize/calendar -H 'X-Tenant-ID: acme' -H "$ADA" ${json} -d '{}' | field url)
    BACK=$(curl -s -o /dev/null -w '%{redirect_url}' "$CONSENT")
    curl -s ${publicUrl}/integrations/callback/calendar -H "$ADA" ${json} -d "{\\"query\\":\\"\${BACK#*\\?}\\"}"
    curl -s ${publicUrl}/calendar -H 'X-Tenant-ID: acme' -H "$BOB"

    # what the month costs; an hour is on the invoice five minutes after it has ended
    curl -s ${publicUrl}/invoice -H 'X-Tenant-ID: acme' -H "$ADA"

  Ctrl-C stops it.
`;
}
