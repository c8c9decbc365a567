package control

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/service/billing"
)

// stories are what the API promises, as requests and answers.
func stories() []story {
	return []story{setupStory(), setupFromAfar(), sessionStory(), channelStory(), channelTestStory(), keyStory(),
		userStory(), roleStory(), groupStory(), tokenStory(), socketStory(), modelStory(), ledgerStory(), logStory(), systemStory(), badInputStory()}
}

// signIn are the steps after which name is signed in, made by the owner.
func signIn(name string, role burncloud.Role) []step {
	return []step{
		{as: "root", call: "POST /users", body: `{"username":"` + name + `","password":"correct horse","role":"` + string(role) + `"}`, status: 201,
			save: map[string]string{name: "id"}},
		{as: name, call: "POST /session", body: `{"username":"` + name + `","password":"correct horse"}`, status: 200, want: []string{"user.username=" + name}},
	}
}

func steps(parts ...any) []step {
	var out []step
	for _, p := range parts {
		switch p := p.(type) {
		case step:
			out = append(out, p)
		case []step:
			out = append(out, p...)
		}
	}
	return out
}

func setupStory() story {
	return story{name: "setup", fresh: true, steps: []step{
		{call: "GET /setup", status: 200, want: []string{"needed=true", "token_required=false", "version=test"}},
		{call: "GET /channels", status: 401, want: problem(burncloud.Unauthenticated)},
		{call: "GET /me", status: 401},
		{call: "POST /setup", body: `{"username":"root","password":"short"}`, status: 400, want: []string{"code=invalid_request", "errors.0.field=password"}},
		{call: "POST /setup", body: `{"username":"a b","password":"correct horse"}`, status: 400, want: []string{"errors.0.field=username"}},
		{as: "socket", call: "GET /me", status: 404, want: []string{"there is no user yet"}},
		{as: "root", call: "POST /setup", body: `{"username":"root","password":"correct horse"}`, status: 201, want: []string{"user.role=owner", "user.unlimited=true", "via=session"}, never: []string{"correct horse"}},
		{as: "root", call: "GET /me", status: 200, want: []string{"user.username=root", "user.balance=0"}},
		{call: "GET /setup", status: 200, want: []string{"needed=false"}},
		{call: "POST /setup", body: `{"username":"eve","password":"correct horse"}`, status: 403, want: problem(burncloud.Forbidden)},
	}}
}

// setupFromAfar: whoever is not at the machine needs the token of the log. A loopback peer proves
// nothing when a proxy, or a name of somebody else's, brought the request here.
func setupFromAfar() story {
	token := func(t *testing.T, r *run) { r.vars["token"] = r.Account.SetupToken() }
	return story{name: "setup from afar", fresh: true, steps: []step{
		{call: "GET /setup", host: "gateway.example.com", status: 200, want: []string{"token_required=true"}},
		{call: "GET /setup", header: map[string]string{"X-Forwarded-For": "203.0.113.7"}, status: 200, want: []string{"token_required=true"}},
		{call: "POST /setup", host: "rebound.example.com:3000", body: `{"username":"eve","password":"correct horse"}`, status: 403, want: []string{"errors.0.field=token"}},
		{call: "POST /setup", host: "gateway.example.com", body: `{"username":"eve","password":"correct horse","token":"guess"}`, status: 403},
		{do: token, as: "root", call: "POST /setup", host: "gateway.example.com", body: `{"username":"root","password":"correct horse","token":"{token}"}`, status: 201},
	}}
}

func sessionStory() story {
	return story{name: "session", steps: []step{
		{call: "POST /session", body: `{"username":"root","password":"wrong horse"}`, status: 401, want: problem(burncloud.Unauthenticated)},
		{call: "POST /session", body: `{"username":"nobody","password":"wrong horse"}`, status: 401, want: []string{"wrong username or password"}},
		{as: "other", call: "POST /session", body: `{"username":"ROOT","password":"correct horse"}`, status: 200},
		{as: "other", call: "GET /me", status: 200, want: []string{"via=session"}},
		{as: "other", call: "DELETE /session", status: 204},
		{as: "other", call: "GET /me", status: 401},
		{as: "other", call: "DELETE /session", status: 204},
		{as: "other", call: "POST /session", body: `{"username":"root","password":"correct horse"}`, status: 200},
		{as: "root", call: "PUT /me/password", body: `{"current":"wrong horse","new":"battery staple"}`, status: 400, want: []string{"errors.0.field=current"}},
		{as: "root", call: "PUT /me/password", body: `{"current":"correct horse","new":"battery staple"}`, status: 204},
		{as: "root", call: "GET /me", status: 200},
		{as: "other", call: "GET /me", status: 401, want: []string{"sign"}},
		{as: "other", call: "POST /session", body: `{"username":"root","password":"battery staple"}`, status: 200},
		{call: "GET /me", header: map[string]string{"Authorization": "Basic cm9vdDp4"}, status: 401},
		// A stale cookie must not be in the way of signing in.
		{as: "other", call: "POST /session", header: map[string]string{"Cookie": cookieName + "=stale"}, body: `{"username":"root","password":"battery staple"}`, status: 200},
		// Guessing is slowed down, by the name that is guessed at.
		{do: func(t *testing.T, r *run) {
			for range 20 {
				resp, b := r.send(t, step{call: "POST /session", body: `{"username":"stranger","password":"guess guess"}`})
				if resp.StatusCode == 429 {
					if resp.Header.Get("Retry-After") == "" {
						t.Error("429 without Retry-After")
					}
					return
				}
				if resp.StatusCode != 401 {
					t.Fatalf("%d %s", resp.StatusCode, b)
				}
			}
			t.Error("20 wrong passwords in a row were not slowed down")
		}},
	}}
}

const aChannel = `{"name":"main","provider":"openai-compatible","base_url":"{vendor}","keys":["sk-good"],"models":[{"name":"gpt-5-mini"},{"name":"fast","upstream":"gpt-5-nano"}],"priority":5,"weight":10,"region":"us"}`

func channelStory() story {
	return story{name: "channels", steps: []step{
		{as: "root", call: "GET /channels", status: 200, want: []string{"items.#=0"}},
		{as: "root", call: "GET /providers", status: 200, want: []string{`items.#(id=="openai").logo=/providers/openai.svg`, `items.#(id=="openai").key_required=true`, `items.#(id=="openai-compatible").key_required=false`}},
		{as: "root", call: "POST /channels", body: aChannel, status: 201, save: map[string]string{"main": "id"},
			want: []string{"name=main", "key_count=1", "key_hints.0=…d", "weight=10", "groups.0=default", "enabled=true", "models.1.upstream=gpt-5-nano"}, never: []string{"sk-good"}},
		{as: "root", call: "POST /channels", body: aChannel, status: 400, want: []string{"errors.0.field=name"}},
		{as: "root", call: "POST /channels", body: `{"name":"x","provider":"openay","models":[{"name":"m"}]}`, status: 400, want: []string{"errors.0.field=provider"}},
		{as: "root", call: "POST /channels", body: `{"name":"x","provider":"openai","models":[{"name":"m"}]}`, status: 400, want: []string{"errors.0.field=keys"}},
		{as: "root", call: "POST /channels", body: `{"name":"x","provider":"openai","keys":["k"],"models":[]}`, status: 400, want: []string{"errors.0.field=models"}},
		{as: "root", call: "POST /channels", body: `{"name":"x","provider":"openai-compatible","base_url":"ftp://x","models":[{"name":"m"}]}`, status: 400, want: []string{"errors.0.field=base_url"}},
		{as: "root", call: "POST /channels", body: `{"name":"x","provider":"openai-compatible","base_url":"{vendor}","models":[{"name":"m"}],"groups":["gone"]}`, status: 400, want: []string{"errors.0.field=groups"}},
		{as: "root", call: "POST /channels", body: `{"name":"x","provider":"openai","keys":["k"],"models":[{"name":"m"}],"weight":-1}`, status: 400, want: []string{"errors.0.field=weight"}},
		{as: "root", call: "GET /channels/{main}", status: 200, want: []string{"name=main"}, never: []string{"sk-good"}},
		{as: "root", call: "PATCH /channels/{main}", body: `{"enabled":false,"priority":7}`, status: 200, want: []string{"enabled=false", "priority=7", "weight=10", "key_count=1"}},
		{as: "root", call: "PATCH /channels/{main}", body: `{"keys":["sk-good","sk-second-secret-1234"],"enabled":true}`, status: 200, want: []string{"key_count=2", "key_hints.1=…1234"}, never: []string{"sk-second"}},
		{as: "root", call: "PATCH /channels/{main}", body: `{"models":[]}`, status: 400, want: []string{"errors.0.field=models"}},
		{as: "root", call: "GET /channels", status: 200, want: []string{"items.#=1"}, never: []string{"sk-good", "sk-second"}},
		{as: "root", call: "DELETE /channels/{main}", status: 204},
		{as: "root", call: "GET /channels/{main}", status: 404, want: problem(burncloud.NotFound)},
		{as: "root", call: "PATCH /channels/{main}", body: `{"enabled":true}`, status: 404},
		{as: "root", call: "DELETE /channels/{main}", status: 404},
	}}
}

func channelTestStory() story {
	draft := `{"channel":{"name":"d","provider":"openai-compatible","base_url":"{vendor}","keys":["KEY"],"models":[{"name":"fake-model"}]}}`
	return story{name: "channel tests", steps: []step{
		{as: "root", call: "POST /channels", body: aChannel, status: 201, save: map[string]string{"main": "id"}},
		{as: "root", call: "POST /channels/{main}/test", body: `{}`, status: 200, want: []string{"ok=true", "model=gpt-5-mini", "status=200"}, never: []string{"sk-good"}},
		{as: "root", call: "POST /channels/{main}/test", body: `{"model":"fast"}`, status: 200, want: []string{"ok=true", "upstream=gpt-5-nano"}},
		{as: "root", call: "POST /channels/{main}/test", body: `{"model":"other"}`, status: 400, want: []string{"errors.0.field=model"}},
		{as: "root", call: "POST /channels/none/test", body: `{}`, status: 404},
		{as: "root", call: "POST /channels/test", body: replace(draft, "KEY", "sk-good"), status: 200, want: []string{"ok=true"}},
		{as: "root", call: "POST /channels/test", body: replace(draft, "KEY", "sk-wrong-secret"), status: 200, want: []string{"ok=false", "fault=upstream_credential", "status=401"}, never: []string{"sk-wrong-secret"}},
		// A draft of a saved channel uses its credentials without the browser ever having them.
		{as: "root", call: "POST /channels/test", body: `{"id":"{main}","channel":{"name":"d","provider":"openai-compatible","base_url":"{vendor}","models":[{"name":"fake-model"}]}}`, status: 200, want: []string{"ok=true"}, never: []string{"sk-good"}},
		{as: "root", call: "POST /channels/test", body: `{"channel":{"name":"d","provider":"openai-compatible","base_url":"http://127.0.0.1:1","models":[{"name":"m"}]}}`, status: 200, want: []string{"ok=false", "fault=upstream_connect", "status=0"}},
		{as: "root", call: "GET /channels", status: 200, want: []string{"items.#=1"}},
	}}
}

func keyStory() story {
	return story{name: "keys", steps: []step{
		{as: "root", call: "POST /keys", body: `{"name":"dev"}`, status: 400, want: []string{"errors.0.field=limit"}},
		{as: "root", call: "POST /keys", body: `{"name":"dev","limit":"1","unlimited":true}`, status: 400, want: []string{"errors.0.field=limit"}},
		{as: "root", call: "POST /keys", body: `{"name":"dev","limit":"0.0000000001"}`, status: 400, want: []string{"errors.0.field=limit"}},
		{as: "root", call: "POST /keys", body: `{"name":"dev","limit":1}`, status: 400, want: []string{"errors.0.field=limit"}},
		{as: "root", call: "POST /keys", body: `{"name":"dev","limit":"2.5","models":["gpt-5-mini"],"expires":"2099-01-01T00:00:00Z"}`, status: 201,
			want: []string{"limit=2.5", "unlimited=false", "spent=0", "enabled=true", "username=root", "models.0=gpt-5-mini", "expires=2099-01-01T00:00:00Z"}, save: map[string]string{"dev": "id", "secret": "secret"}},
		{as: "root", call: "POST /keys", body: `{"name":"dev","unlimited":true}`, status: 400, want: []string{"errors.0.field=name"}},
		{as: "root", call: "GET /keys", status: 200, want: []string{"items.#=1", "items.0.name=dev"}, never: []string{"{secret}"}},
		{as: "root", call: "GET /keys/{dev}", status: 200, never: []string{"{secret}"}},
		{do: authenticates(true)},
		{as: "root", call: "PATCH /keys/{dev}", body: `{"enabled":false}`, status: 200, want: []string{"enabled=false", "limit=2.5", "expires=2099-01-01T00:00:00Z"}},
		{do: authenticates(false)},
		{as: "root", call: "PATCH /keys/{dev}", body: `{"enabled":true,"expires":null,"models":[],"unlimited":true}`, status: 200, want: []string{"enabled=true", "expires=", "models.#=0", "unlimited=true"}},
		{as: "root", call: "PATCH /keys/{dev}", body: `{"limit":"7"}`, status: 200, want: []string{"limit=7", "unlimited=false"}},
		{do: authenticates(true)},
		{as: "root", call: "POST /keys", body: `{"name":"two","unlimited":true}`, status: 201},
		{as: "root", call: "GET /keys?limit=1", status: 200, want: []string{"items.#=1", "items.0.name=two"}, save: map[string]string{"next": "next"}},
		{as: "root", call: "GET /keys?limit=1&cursor={next}", status: 200, want: []string{"items.#=1", "items.0.name=dev", "next="}},
		{as: "root", call: "DELETE /keys/{dev}", status: 204},
		{do: authenticates(false)},
		{as: "root", call: "GET /keys/{dev}", status: 404},
		{as: "root", call: "DELETE /keys/{dev}", status: 404},
	}}
}

// authenticates checks what the data plane says to the key that was saved as secret.
func authenticates(want bool) func(t *testing.T, r *run) {
	return func(t *testing.T, r *run) {
		t.Helper()
		_, f := r.Account.Authenticate([]byte(r.vars["secret"]))
		if (f == nil) != want {
			t.Errorf("the key authenticates: %v, want %v (%v)", f == nil, want, f)
		}
	}
}

func userStory() story {
	return story{name: "users", steps: []step{
		{as: "root", call: "POST /users", body: `{"username":"alice","password":"correct horse","balance":"10"}`, status: 201,
			want: []string{"balance=10", "held=0", "role=member", "group=default", "enabled=true"}, save: map[string]string{"alice": "id"}, never: []string{"correct horse", "argon2"}},
		{as: "root", call: "POST /users", body: `{"username":"Alice"}`, status: 400, want: []string{"errors.0.field=username"}},
		{as: "root", call: "POST /users", body: `{"username":"bob","role":"owner"}`, status: 400, want: []string{"errors.0.field=role"}},
		{as: "root", call: "POST /users", body: `{"username":"bob","role":"king"}`, status: 400, want: []string{"errors.0.field=role"}},
		{as: "root", call: "POST /users", body: `{"username":"bob","balance":"-1"}`, status: 400, want: []string{"errors.0.field=balance"}},
		{as: "root", call: "POST /users", body: `{"username":"bob","group":"gone"}`, status: 400, want: []string{"errors.0.field=group"}},
		{as: "root", call: "GET /users", status: 200, want: []string{"items.#=2"}},
		{as: "root", call: "POST /users/{alice}/entries", body: `{"kind":"topup","amount":"2.5","note":"invoice 7","reference":"inv-7"}`, status: 201,
			want: []string{"kind=topup", "amount=2.5", "username=alice", "note=invoice 7", "call_id=inv-7"}, save: map[string]string{"entry": "id"}},
		{as: "root", call: "POST /users/{alice}/entries", body: `{"kind":"topup","amount":"2.5","reference":"inv-7"}`, status: 201, want: []string{"id={entry}"}},
		{as: "root", call: "POST /users/{alice}/entries", body: `{"kind":"topup","amount":"3","reference":"inv-7"}`, status: 400, want: []string{"errors.0.field=reference"}},
		{as: "root", call: "POST /users/{alice}/entries", body: `{"kind":"adjustment","amount":"-0.000000001"}`, status: 201},
		{as: "root", call: "POST /users/{alice}/entries", body: `{"kind":"topup","amount":"-1"}`, status: 400, want: []string{"errors.0.field=amount"}},
		{as: "root", call: "POST /users/{alice}/entries", body: `{"kind":"settle","amount":"-1"}`, status: 400, want: []string{"errors.0.field=kind"}},
		{as: "root", call: "POST /users/none/entries", body: `{"kind":"topup","amount":"1"}`, status: 404},
		{as: "root", call: "GET /users/{alice}", status: 200, want: []string{"balance=12.499999999"}},
		{as: "root", call: "PATCH /users/{alice}", body: `{"enabled":false,"unlimited":true}`, status: 200, want: []string{"enabled=false", "unlimited=true"}},
		{as: "alice", call: "POST /session", body: `{"username":"alice","password":"correct horse"}`, status: 403},
		{as: "root", call: "PATCH /users/{alice}", body: `{"enabled":true,"role":"admin","password":"battery staple"}`, status: 200, want: []string{"role=admin"}, never: []string{"battery"}},
		{as: "alice", call: "POST /session", body: `{"username":"alice","password":"battery staple"}`, status: 200},
		{as: "root", call: "PATCH /users/{root}", body: `{"enabled":false}`, status: 400},
		{as: "root", call: "PATCH /users/{root}", body: `{"role":"member"}`, status: 400},
		{as: "root", call: "DELETE /users/{root}", status: 403},
		{as: "root", call: "DELETE /users/{alice}", status: 204},
		{as: "alice", call: "GET /me", status: 401},
		{as: "root", call: "GET /users/{alice}", status: 404},
		{as: "root", call: "GET /ledger/entries", status: 200, want: []string{"items.0.username=alice"}},
	}}
}

// roleStory: what members and admins may not do, and whose things they may not see.
func roleStory() story {
	refused := func(as, call, body string) step {
		return step{as: as, call: call, body: body, status: 403, want: problem(burncloud.Forbidden)}
	}
	return story{name: "roles", steps: steps(
		signIn("alice", burncloud.Member), signIn("ada", burncloud.Admin),
		step{as: "root", call: "POST /keys", body: `{"name":"mine","unlimited":true}`, status: 201, save: map[string]string{"rootkey": "id"}},
		step{as: "ada", call: "POST /channels", body: aChannel, status: 201, save: map[string]string{"main": "id"}},
		refused("alice", "GET /channels", ""), refused("alice", "POST /channels", aChannel), refused("alice", "GET /channels/{main}", ""),
		refused("alice", "PATCH /channels/{main}", `{"enabled":false}`), refused("alice", "DELETE /channels/{main}", ""),
		refused("alice", "POST /channels/{main}/test", `{}`), refused("alice", "GET /users", ""), refused("alice", "POST /users", `{"username":"x"}`),
		refused("alice", "GET /users/{alice}", ""), refused("alice", "PATCH /users/{alice}", `{"unlimited":true}`),
		refused("alice", "POST /users/{alice}/entries", `{"kind":"topup","amount":"1000"}`), refused("alice", "GET /groups", ""),
		refused("alice", "GET /system", ""), refused("alice", "GET /system/config", ""), refused("alice", "GET /live", ""),
		refused("alice", "GET /ledger/holds", ""), refused("alice", "POST /ledger/verify", ""),
		refused("alice", "GET /keys?user_id={root}", ""), refused("alice", "GET /logs?user_id={root}", ""), refused("alice", "GET /ledger/entries?user_id={root}", ""),
		step{as: "alice", call: "GET /providers", status: 200},
		step{as: "alice", call: "GET /models?served=true", status: 200, want: []string{"items.#=2", "items.0.served=true", "items.0.channels.#=0"}, never: []string{"main"}},
		step{as: "alice", call: "POST /keys", body: `{"name":"own","limit":"1"}`, status: 201, want: []string{"username=alice"}, save: map[string]string{"own": "id"}},
		step{as: "alice", call: "POST /keys", body: `{"name":"not own","limit":"1","user_id":"{root}"}`, status: 404},
		step{as: "alice", call: "GET /keys", status: 200, want: []string{"items.#=1", "items.0.name=own"}},
		step{as: "alice", call: "GET /keys/{own}", status: 200},
		step{as: "alice", call: "PATCH /keys/{own}", body: `{"limit":"2"}`, status: 200},
		step{as: "alice", call: "GET /keys/{rootkey}", status: 404},
		step{as: "alice", call: "PATCH /keys/{rootkey}", body: `{"enabled":false}`, status: 404},
		step{as: "alice", call: "DELETE /keys/{rootkey}", status: 404},
		step{as: "alice", call: "GET /overview", status: 200, want: []string{"totals.requests=0"}},
		// An admin may do everything but reach into the owner's account.
		step{as: "ada", call: "GET /keys?user_id={root}", status: 200, want: []string{"items.#=1"}},
		step{as: "ada", call: "GET /keys/{rootkey}", status: 200},
		refused("ada", "POST /keys", `{"name":"x","unlimited":true,"user_id":"{root}"}`),
		refused("ada", "PATCH /keys/{rootkey}", `{"enabled":false}`), refused("ada", "DELETE /keys/{rootkey}", ""),
		refused("ada", "PATCH /users/{root}", `{"password":"battery staple"}`), refused("ada", "POST /users/{root}/entries", `{"kind":"topup","amount":"1"}`),
		refused("ada", "DELETE /users/{root}", ""),
		step{as: "ada", call: "PATCH /keys/{own}", body: `{"enabled":false}`, status: 200},
		step{as: "ada", call: "POST /users/{alice}/entries", body: `{"kind":"topup","amount":"1"}`, status: 201},
		step{as: "alice", call: "GET /ledger/entries", status: 200, want: []string{"items.#=1", "items.0.amount=1"}},
		step{as: "alice", call: "DELETE /keys/{own}", status: 204},
	)}
}

func groupStory() story {
	return story{name: "groups", steps: []step{
		{as: "root", call: "GET /groups", status: 200, want: []string{"items.#=1", "items.0.name=default", "items.0.ratio=1"}},
		{as: "root", call: "POST /groups", body: `{"name":"vip"}`, status: 201, want: []string{"name=vip", "managed=false"}},
		{as: "root", call: "POST /groups", body: `{"name":"vip"}`, status: 400, want: []string{"errors.0.field=name"}},
		{as: "root", call: "POST /users", body: `{"username":"alice","group":"vip"}`, status: 201, save: map[string]string{"alice": "id"}},
		{as: "root", call: "DELETE /groups/vip", status: 400, want: []string{"in use"}},
		{as: "root", call: "PATCH /users/{alice}", body: `{"group":"default"}`, status: 200},
		{as: "root", call: "DELETE /groups/vip", status: 204},
		{as: "root", call: "DELETE /groups/vip", status: 404},
		{as: "root", call: "DELETE /groups/default", status: 400},
	}}
}

func tokenStory() story {
	bearer := map[string]string{"Authorization": "Bearer {bct}"}
	return story{name: "access tokens", steps: steps(
		signIn("alice", burncloud.Member),
		step{as: "root", call: "POST /tokens", body: `{"name":"laptop","expires":"2001-01-01T00:00:00Z"}`, status: 400, want: []string{"errors.0.field=expires"}},
		step{as: "root", call: "POST /tokens", body: `{"name":"laptop"}`, status: 201, save: map[string]string{"bct": "secret", "token": "id"}, want: []string{"name=laptop"}},
		step{as: "root", call: "GET /tokens", status: 200, want: []string{"items.#=1"}, never: []string{"{bct}"}},
		step{call: "GET /me", header: bearer, status: 200, want: []string{"user.username=root", "via=token"}},
		step{call: "GET /channels", header: bearer, status: 200},
		step{call: "GET /channels", header: map[string]string{"Authorization": "bearer {bct}"}, status: 200},
		step{call: "GET /me", header: map[string]string{"Authorization": "Bearer {bct}x"}, status: 401, never: []string{"{bct}"}},
		// The header decides, whoever the cookie belongs to.
		step{as: "root", call: "GET /me", header: map[string]string{"Authorization": "Bearer bct_wrong"}, status: 401},
		step{as: "alice", call: "GET /tokens", status: 200, want: []string{"items.#=0"}},
		step{as: "alice", call: "DELETE /tokens/{token}", status: 404},
		step{as: "root", call: "DELETE /tokens/{token}", status: 204},
		step{call: "GET /me", header: bearer, status: 401},
		step{as: "root", call: "DELETE /tokens/{token}", status: 404},
	)}
}

func socketStory() story {
	return story{name: "socket", steps: []step{
		{as: "socket", call: "GET /me", status: 200, want: []string{"user.username=root", "via=socket"}},
		{as: "socket", call: "GET /channels", status: 200},
		{as: "socket", call: "POST /keys", body: `{"name":"cli","unlimited":true}`, status: 201, want: []string{"username=root"}},
		{as: "socket", call: "POST /tokens", body: `{"name":"cli"}`, status: 201},
		{as: "socket", call: "GET /system/config", status: 200, want: []string{"items.0.name=server.listen"}},
	}}
}

func modelStory() story {
	return story{name: "models", steps: []step{
		{as: "root", call: "GET /models?limit=3", status: 200, want: []string{"items.#=3", "items.0.served=false"}, save: map[string]string{"next": "next", "first": "items.0.id"}},
		{as: "root", call: "GET /models?limit=3&cursor={next}", status: 200, want: []string{"items.#=3"}, never: []string{`"id":"{first}"`}},
		{as: "root", call: "GET /models?cursor=x", status: 400, want: []string{"errors.0.field=cursor"}},
		{as: "root", call: "GET /models?served=true", status: 200, want: []string{"items.#=0"}},
		{as: "root", call: "POST /channels", body: aChannel, status: 201, save: map[string]string{"main": "id"}},
		{as: "root", call: "GET /models?served=true", status: 200, want: []string{"items.#=2", "items.0.id=fast", "items.0.priced=false", "items.1.id=gpt-5-mini", "items.1.priced=true", "items.1.channels.0.id={main}", "items.1.channels.0.name=main"}},
		{as: "root", call: "GET /models?served=true&q=FAS", status: 200, want: []string{"items.#=1"}},
		{as: "root", call: "GET /models?q=gpt-5-mini&provider=openai", status: 200, want: []string{`items.#(id=="gpt-5-mini").served=true`}},
		{as: "root", call: "PATCH /channels/{main}", body: `{"enabled":false}`, status: 200},
		{as: "root", call: "GET /models?served=true", status: 200, want: []string{"items.#=0"}},
	}}
}

func systemStory() story {
	return story{name: "system", steps: []step{
		{as: "root", call: "GET /system", status: 200, want: []string{"version=test"}},
		{as: "root", call: "GET /system/config", status: 200, want: []string{"items.1.value=********"}},
	}}
}

func badInputStory() story {
	return story{name: "bad input", steps: []step{
		{as: "root", call: "POST /channels", body: `{`, status: 400, want: problem(burncloud.Invalid)},
		{as: "root", call: "POST /channels", body: `[]`, status: 400},
		{as: "root", call: "POST /channels", body: ` `, status: 400},
		{as: "root", call: "POST /channels", body: `{"name":"x","provider":"openai","models":[{"name":"m"}],"colour":"red"}`, status: 400, want: []string{"colour"}},
		{as: "root", call: "POST /channels", body: `{"provider":"openai","models":[{"name":"m"}]}`, status: 400, want: []string{"errors.0.field=name", "errors.0.message=is required"}},
		{as: "root", call: "POST /channels", body: `{"name":"x","provider":"openai","models":null}`, status: 400, want: []string{"errors.0.field=models"}},
		{as: "root", call: "POST /channels", body: `{"name":"x","provider":"openai","models":[{"name":"m"}]}`, header: map[string]string{"Content-Type": "text/plain"}, status: 415},
		{as: "root", call: "GET /logs?limit=0", status: 400, want: []string{"errors.0.field=limit"}},
		{as: "root", call: "GET /logs?limt=10", status: 400, want: []string{"limt"}},
		{as: "root", call: "GET /logs?from=yesterday", status: 400, want: []string{"errors.0.field=from"}},
		{as: "root", call: "GET /nothing", status: 404, want: problem(burncloud.NotFound)},
		{as: "root", call: "PUT /channels", body: `{}`, status: 405, want: problem(burncloud.MethodNotAllowed)},
		{as: "root", call: "POST /groups", body: `{"name":"x"}`, header: map[string]string{"Sec-Fetch-Site": "cross-site"}, status: 403, want: problem(burncloud.Forbidden)},
		{as: "root", call: "POST /groups", body: `{"name":"x"}`, header: map[string]string{"Origin": "https://evil.example.com"}, status: 403},
		{as: "root", call: "POST /groups", body: `{"name":"x"}`, header: map[string]string{"Sec-Fetch-Site": "same-origin"}, status: 201},
	}}
}

// settled books a call of the user saved under name, with a hold that stays open beside it.
func settled(name string) func(t *testing.T, r *run) {
	return func(t *testing.T, r *run) {
		t.Helper()
		user := &burncloud.User{ID: r.vars[name]}
		key := &burncloud.Key{ID: r.vars["key"], Unlimited: true}
		for i := range 2 {
			call := uuid.Must(uuid.NewV7())
			h, f := r.Billing.Reserve(billing.Reservation{CallID: call, User: user, Key: key, Amount: burncloud.USD})
			if f != nil {
				t.Fatal(f)
			}
			if i == 1 {
				r.vars["held"] = call.String()
				t.Cleanup(h.Release)
				continue
			}
			r.vars["call"] = call.String()
			if err := h.Settle(billing.Charge{Amount: burncloud.USD / 4}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func ledgerStory() story {
	return story{name: "ledger", steps: steps(
		signIn("alice", burncloud.Member),
		step{as: "alice", call: "POST /keys", body: `{"name":"dev","unlimited":true}`, status: 201, save: map[string]string{"key": "id"}},
		step{as: "root", call: "POST /users/{alice}/entries", body: `{"kind":"topup","amount":"10"}`, status: 201},
		step{do: settled("alice"), as: "root", call: "GET /ledger/entries", status: 200,
			want: []string{"items.#=2", "items.0.kind=settle", "items.0.amount=-0.25", "items.0.username=alice", "items.0.key_name=dev", "items.0.call_id={call}", "items.1.kind=topup"}},
		step{as: "root", call: "GET /ledger/entries?limit=1", status: 200, want: []string{"items.#=1"}, save: map[string]string{"next": "next"}},
		step{as: "root", call: "GET /ledger/entries?limit=1&cursor={next}", status: 200, want: []string{"items.0.kind=topup", "next="}},
		step{as: "root", call: "GET /ledger/entries?kind=topup&user_id={alice}", status: 200, want: []string{"items.#=1"}},
		step{as: "root", call: "GET /ledger/entries?call_id={call}", status: 200, want: []string{"items.#=1"}},
		step{as: "root", call: "GET /ledger/entries?from=2099-01-01T00:00:00Z", status: 200, want: []string{"items.#=0"}},
		step{as: "root", call: "GET /ledger/entries?cursor=-1", status: 400},
		step{as: "root", call: "GET /ledger/holds", status: 200, want: []string{"items.#=1", "items.0.amount=1", "items.0.call_id={held}", "items.0.username=alice"}},
		step{as: "root", call: "GET /users/{alice}", status: 200, want: []string{"balance=9.75", "held=1"}},
		step{as: "alice", call: "GET /me", status: 200, want: []string{"user.balance=9.75", "user.held=1"}},
		step{as: "alice", call: "GET /keys/{key}", status: 200, want: []string{"spent=0.25"}},
		step{as: "root", call: "POST /ledger/verify", status: 200, want: []string{"ok=true", "differences.#=0"}},
	)}
}

func replace(s, old, new string) string { return strings.ReplaceAll(s, old, new) }
