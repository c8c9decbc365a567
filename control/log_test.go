package control

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/burncloud/burncloud"
)

// recorded logs two calls of alice's and one of the owner's.
func recorded(t *testing.T, r *run) {
	t.Helper()
	for i, user := range []string{"alice", "alice", "root"} {
		id := uuid.Must(uuid.NewV7()).String()
		rec := burncloud.Record{
			ID: id, Time: time.Now().Add(-time.Minute), UserID: r.vars[user], KeyID: r.vars["key"], ClientIP: "127.0.0.1",
			Endpoint: burncloud.EndpointChat, Requested: "gpt-5-mini", Routed: "gpt-5-mini", Upstream: "gpt-5-mini", ChannelID: r.vars["main"],
			Status: 200, Usage: burncloud.Usage{Input: 10, CacheRead: 2, Output: 5}, Cost: 12500, CostKnown: true,
			Duration: 120.5, FirstByte: 80.25, Overhead: 0.25, ReqBytes: 100, RespBytes: 200,
			Attempts: []burncloud.Attempt{{ChannelID: r.vars["main"], Upstream: "gpt-5-mini", Status: 200, Duration: 120, FirstByte: 80}},
		}
		if i == 1 {
			rec.Status, rec.Fault, rec.Message, rec.Cost, rec.CostKnown = 502, burncloud.UpstreamConnect, "no channel answered", 0, false
			rec.Attempts = []burncloud.Attempt{
				{ChannelID: r.vars["gone"], Upstream: "gpt-5-mini", Fault: burncloud.UpstreamConnect, Message: "refused", Duration: 1},
				{ChannelID: r.vars["main"], Upstream: "gpt-5-mini", Status: 500, Fault: burncloud.UpstreamError, Start: 2, Duration: 3},
			}
		}
		r.vars["call"+string(rune('0'+i))] = id
		r.Monitor.Record(&rec)
	}
}

func logStory() story {
	return story{name: "request log", steps: steps(
		signIn("alice", burncloud.Member),
		step{as: "alice", call: "POST /keys", body: `{"name":"dev","unlimited":true}`, status: 201, save: map[string]string{"key": "id"}},
		step{as: "root", call: "POST /channels", body: aChannel, status: 201, save: map[string]string{"main": "id"}},
		step{as: "root", call: "POST /channels", body: `{"name":"gone","provider":"openai","keys":["k"],"models":[{"name":"gpt-5-mini"}]}`, status: 201, save: map[string]string{"gone": "id"}},
		step{as: "root", call: "DELETE /channels/{gone}", status: 204},
		step{do: recorded, as: "root", call: "GET /logs", status: 200,
			want: []string{"items.#=3", "items.0.username=root", "items.0.key_name=dev", "items.0.channel=main", "items.0.cost=0.0000125", "items.0.usage.cache_read=2", "next="}},
		step{as: "root", call: "GET /logs?limit=2", status: 200, want: []string{"items.#=2"}, save: map[string]string{"next": "next"}},
		step{as: "root", call: "GET /logs?limit=2&cursor={next}", status: 200, want: []string{"items.#=1", "items.0.id={call0}", "next="}},
		step{as: "root", call: "GET /logs?cursor=nonsense", status: 400, want: []string{"errors.0.field=cursor"}},
		step{as: "root", call: "GET /logs?status=error", status: 200, want: []string{"items.#=1", "items.0.id={call1}"}},
		step{as: "root", call: "GET /logs?status=ok", status: 200, want: []string{"items.#=2"}},
		step{as: "root", call: "GET /logs?fault=upstream_connect", status: 200, want: []string{"items.#=1"}},
		step{as: "root", call: "GET /logs?user_id={alice}&channel_id={main}&key_id={key}&endpoint=chat&model=gpt-5-mini", status: 200, want: []string{"items.#=2"}},
		step{as: "root", call: "GET /logs?id={call1}", status: 200, want: []string{"items.#=1"}},
		step{as: "root", call: "GET /logs?to=2001-01-01T00:00:00Z", status: 200, want: []string{"items.#=0"}},
		step{as: "root", call: "GET /logs/{call1}", status: 200,
			want: []string{"status=502", "fault=upstream_connect", "cost_known=false", "attempts.#=2", "attempts.0.channel=gone", "attempts.0.message=refused", "attempts.1.channel=main", "attempts.1.status=500"}},
		step{as: "root", call: "GET /logs/" + uuid.Nil.String(), status: 404},
		step{as: "root", call: "GET /logs/nonsense", status: 404},
		step{as: "alice", call: "GET /logs", status: 200, want: []string{"items.#=2"}, never: []string{"{root}"}},
		step{as: "alice", call: "GET /logs/{call0}", status: 200},
		step{as: "alice", call: "GET /logs/{call2}", status: 404},
		step{as: "root", call: "GET /overview", status: 200,
			want: []string{"totals.requests=3", "totals.errors=1", "totals.unpriced=1", "totals.input_tokens=36", "totals.cached_tokens=6", "totals.output_tokens=15", "totals.cost=0.000025", "models.0.model=gpt-5-mini", "models.0.requests=3"}},
		step{as: "root", call: "GET /overview?user_id={alice}", status: 200, want: []string{"totals.requests=2"}},
		step{as: "alice", call: "GET /overview", status: 200, want: []string{"totals.requests=2"}},
		step{as: "alice", call: "GET /overview?user_id={root}", status: 403},
		step{as: "root", call: "GET /overview?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", status: 400, want: []string{"errors.0.field=from"}},
		step{do: watched},
	)}
}

// watched reads the live stream: the last minutes first, then seconds as they pass, until the process
// stops.
func watched(t *testing.T, r *run) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.here.URL+base+"/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Jar: r.jars["root"]}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if kind := resp.Header.Get("Content-Type"); resp.StatusCode != 200 || kind != "text/event-stream" {
		t.Fatalf("%d %s", resp.StatusCode, kind)
	}
	schema := r.doc.Paths[base+"/live"].Get.Responses["200"].Content["text/event-stream"].Schema
	lines := bufio.NewScanner(resp.Body)
	opened, events := time.Now(), 0
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		for _, err := range r.fits(schema, []byte(data)) {
			t.Fatalf("%s: %v", data, err)
		}
		var second Live
		if err := json.Unmarshal([]byte(data), &second); err != nil {
			t.Fatal(err)
		}
		events++
		if second.Time.Add(time.Second).After(opened) { // a second that passed while we watched
			r.hit.add("streamLive")
			close(r.stop)
			break
		}
	}
	if events < 100 {
		t.Errorf("%d events, the past among them", events)
	}
	for lines.Scan() {
		continue // to the end, which the stop brings
	}
	if err := lines.Err(); err != nil {
		t.Errorf("the stream did not end by itself: %v", err)
	}
}
