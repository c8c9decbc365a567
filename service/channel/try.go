package channel

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/provider"
)

// Sender makes one plain (not streamed) call to a vendor the way the gateway does: same connections,
// same credential header, same paths. model is the upstream's name. An error means that no answer came;
// it is a *burncloud.Fault where the way there says why.
type Sender func(ctx context.Context, ch *Live, secret string, ep burncloud.Endpoint, model string, body []byte) (*Sent, error)

// Sent is a vendor's whole answer.
type Sent struct {
	Status    int
	Header    http.Header
	Body      []byte
	FirstByte time.Duration // from the start of the call
	Duration  time.Duration
}

// TestResult is the outcome of one real call through a channel. Nothing in it shows a credential.
type TestResult struct {
	OK         bool               `json:"ok"`
	Model      string             `json:"model"`         // the channel's model that was asked
	Upstream   string             `json:"upstream"`      // what the vendor calls it
	Endpoint   burncloud.Endpoint `json:"endpoint"`      // which operation was called
	Credential string             `json:"credential"`    // the tail of the credential that was used
	Status     int                `json:"status"`        // the vendor's HTTP status; 0 when there was no answer
	Fault      burncloud.Kind     `json:"fault"`         // "" when OK
	Message    string             `json:"message"`       // what went wrong
	Answer     string             `json:"answer"`        // what the model said
	Latency    float64            `json:"latency_ms"`    // whole call
	FirstByte  float64            `json:"first_byte_ms"` // until the first byte of the answer
}

// testTime bounds a test call, whatever the caller's own patience.
const testTime = time.Minute

// Test makes a real call through a saved channel, enabled or not, with its first credential. model is one
// of the channel's, "" its first. The error is for what could not be tried at all; what the vendor said,
// or that it said nothing, is in the result.
func (s *Service) Test(ctx context.Context, id, model string) (*TestResult, error) {
	c, err := s.store.Read().Channel(ctx, id)
	if err != nil {
		return nil, missing(err)
	}
	secrets, err := s.open(c)
	if err != nil {
		return nil, burncloud.Wrap(burncloud.Internal, err, "the channel's credentials cannot be opened; enter them again")
	}
	return s.try(ctx, &Live{Channel: c.Channel, Secrets: secrets}, model)
}

// TestDraft makes a real call through a channel that is not saved. Where the draft has no keys, those of
// the saved channel id serve, if one is given. A draft needs no name.
func (s *Service) TestDraft(ctx context.Context, d Draft, id, model string) (*TestResult, error) {
	live := &Live{Channel: d.channel(), Secrets: d.Keys}
	if len(d.Keys) == 0 && id != "" {
		c, err := s.store.Read().Channel(ctx, id)
		if err != nil {
			return nil, missing(err)
		}
		if origin(&live.Channel) != origin(&c.Channel) {
			return nil, keysStay()
		}
		if live.Secrets, err = s.open(c); err != nil {
			return nil, burncloud.Wrap(burncloud.Internal, err, "the channel's credentials cannot be opened; enter them again")
		}
	}
	live.ID = id
	if err := errors.Join(checkSecrets(live.Secrets), complete(&live.Channel, len(live.Secrets))); err != nil {
		return nil, burncloud.AsFault(err)
	}
	return s.try(ctx, live, model)
}

// try makes the call and reads the answer.
func (s *Service) try(ctx context.Context, l *Live, model string) (*TestResult, error) {
	row, ok := provider.ByID(l.Provider)
	if !ok {
		return nil, invalid("provider", "the provider %q is not known any more", l.Provider)
	}
	m, err := pick(l.Models, model)
	if err != nil {
		return nil, err
	}
	p, err := newProbe(row, m.UpstreamName())
	if err != nil {
		return nil, err
	}
	secret := ""
	r := &TestResult{Model: m.Name, Upstream: m.UpstreamName(), Endpoint: p.endpoint}
	if len(l.Secrets) > 0 {
		secret = l.Secrets[0]
		r.Credential = "…" + tail(secret)
	}
	ctx, cancel := context.WithTimeout(ctx, testTime)
	defer cancel()
	for _, body := range p.bodies {
		sent, err := s.send(ctx, l, secret, p.endpoint, r.Upstream, body)
		if err != nil {
			f := burncloud.AsFault(err)
			r.Fault, r.Message = f.Kind, clean(f.Message, l.Secrets)
			break
		}
		r.Status, r.Latency, r.FirstByte = sent.Status, ms(sent.Duration), ms(sent.FirstByte)
		r.Answer, r.Fault, r.Message = p.read(sent, l.Secrets)
		if r.Fault == "" || !p.again(sent) {
			break
		}
	}
	r.OK = r.Fault == ""
	s.audit(ctx, "channel tested", "channel", l.ID, "name", l.Name, "model", r.Model, "ok", r.OK, "status", r.Status, "fault", r.Fault)
	return r, nil
}

// pick finds one of the channel's models; "" is the first.
func pick(models []burncloud.ChannelModel, name string) (burncloud.ChannelModel, error) {
	for _, m := range models {
		if name == "" || m.Name == name {
			return m, nil
		}
	}
	return burncloud.ChannelModel{}, invalid("model", "the channel does not serve the model %q", name)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
