package app

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/burncloud/burncloud"
	"github.com/burncloud/burncloud/gateway/upstream"
	"github.com/burncloud/burncloud/provider"
	"github.com/burncloud/burncloud/service/channel"
)

// mostAnswer is how much of a test call's answer is read.
const mostAnswer = 1 << 20

// send makes a test call the way live traffic goes: same pool, same paths, same credential header.
func (a *App) send(ctx context.Context, ch *channel.Live, secret string, ep burncloud.Endpoint, model string, body []byte) (*channel.Sent, error) {
	row, ok := provider.ByID(ch.Provider)
	if !ok {
		return nil, burncloud.Faultf(burncloud.Invalid, "there is no provider %q", ch.Provider)
	}
	t, err := row.Prepare(&ch.Channel, secret, ep, model)
	if err != nil {
		return nil, burncloud.Faultf(burncloud.Invalid, "%s", err)
	}
	origin, _, err := upstream.ParseOrigin(t.Origin)
	if err != nil {
		return nil, burncloud.Wrap(burncloud.Invalid, err, "the base URL is not one")
	}
	header := append([]byte(nil), t.Header...)
	for _, d := range t.Defaults {
		header = append(header, d.Text...)
	}
	var call upstream.Call
	defer context.AfterFunc(ctx, func() { call.Cancel(burncloud.Canceled) })()
	start := a.now()
	reply, fault := a.upstream.Do(&call, &upstream.Request{
		Origin: origin, Method: http.MethodPost, Path: t.AppendPath(nil, false, nil), Header: header, Body: [][]byte{body},
	}, timeouts(a.config.Load().Timeouts))
	if fault != nil {
		return nil, fault
	}
	defer reply.Close()
	return a.receive(reply, start)
}

func (a *App) receive(reply *upstream.Reply, start time.Time) (*channel.Sent, error) {
	s := &channel.Sent{Status: reply.Status, Header: http.Header{}, FirstByte: reply.FirstByteAt().Sub(start)}
	reply.VisitHeaders(func(name, value []byte) { s.Header.Add(string(name), string(value)) })
	for len(s.Body) < mostAnswer {
		p, err := reply.Read()
		s.Body = append(s.Body, p...)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	s.Duration = a.now().Sub(start)
	return s, nil
}
