package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestOpenerSendsTheConfiguredRequest(t *testing.T) {
	each(t, func(t *testing.T, open func(Options) Opener) {
		_, p := opened(t, open, chunkedHead)
		got := fmt.Sprint(p.request.Method, " ", p.request.URL, " ", p.request.Host)
		if want := "GET /any/path?a=b store.example"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		for name, want := range map[string]string{"Accept": "text/event-stream", "X-Own": "1", "Last-Event-Id": "41"} {
			if got := p.request.Header.Get(name); got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
		if encodings := p.request.Header.Get("Accept-Encoding"); encodings != "" {
			t.Errorf("requests compression: %q", encodings)
		}
	})
}

func TestStreamReturnsBytesAsTheyArrive(t *testing.T) {
	each(t, func(t *testing.T, open func(Options) Opener) {
		stream, p := opened(t, open, chunkedHead)
		for _, text := range []string{"data: 1\n\n", "d", strings.Repeat("x", 3000)} {
			if _, err := fmt.Fprintf(p, "%x\r\n%s\r\n", len(text), text); err != nil {
				t.Fatal(err)
			}
			got := make([]byte, len(text))
			if _, err := io.ReadFull(stream, got); err != nil || string(got) != text {
				t.Fatalf("got %q and %v, want %q", got, err, text)
			}
		}
	})
}

func TestReasonNamesTheEndOfAStream(t *testing.T) {
	each(t, func(t *testing.T, open func(Options) Opener) {
		for name, c := range map[string]struct {
			answer string
			end    func(peer)
			reason string
		}{
			"the last chunk":            {chunkedHead, func(p peer) { _, _ = io.WriteString(p, "0\r\n\r\n") }, "end"},
			"closed without last chunk": {chunkedHead, func(p peer) { p.Close() }, "cut_off"},
			"closed in a chunk":         {chunkedHead + "ff\r\ndata", func(p peer) { p.Close() }, "cut_off"},
			"closed, length unknown": {
				"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n", func(p peer) { p.Close() }, "end"},
			"reset": {chunkedHead, func(p peer) { _ = p.Conn.(*net.TCPConn).SetLinger(0); p.Close() }, "reset"},
		} {
			t.Run(name, func(t *testing.T) {
				stream, p := opened(t, open, c.answer)
				c.end(p)
				_, err := io.Copy(io.Discard, onlyReader{stream})
				if err == nil {
					err = io.EOF // which io.Copy swallows
				}
				if reason := Reason(err); reason != c.reason {
					t.Errorf("got %q (%v), want %q", reason, err, c.reason)
				}
			})
		}
	})
}

type onlyReader struct{ io.Reader }

func TestEndClosesOrResetsTheConnection(t *testing.T) {
	each(t, func(t *testing.T, open func(Options) Opener) {
		for how, want := range map[Ending]error{Fin: io.EOF, Rst: syscall.ECONNRESET} {
			stream, p := opened(t, open, chunkedHead)
			stream.End(how)
			_ = p.SetReadDeadline(time.Now().Add(10 * time.Second))
			if _, err := p.Read(make([]byte, 1)); !errors.Is(err, want) {
				t.Errorf("%s: the server got %v, want %v", how, err, want)
			}
		}
	})
}

func TestOpenerRejectsResponsesThatAreNotStreams(t *testing.T) {
	each(t, func(t *testing.T, open func(Options) Opener) {
		for answer, reason := range map[string]string{
			"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n":                                   "status_503",
			"HTTP/1.1 204 No Content\r\nContent-Type: text/event-stream\r\n\r\n":               "status_204",
			"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n":          "content_type",
			"HTTP/1.1 200 OK\r\nContent-Type: text/event-streams\r\nContent-Length: 0\r\n\r\n": "content_type",
			"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n":                                     "content_type",
			"SSH-2.0-OpenSSH\r\n\r\n":                                                          "other",
		} {
			options, peers := listen(t)
			go func() {
				p := <-peers
				_, _ = io.WriteString(p, answer)
				p.Close()
			}()
			if _, err := open(options).Open(within(t), ""); err == nil || Reason(err) != reason {
				t.Errorf("%q: got %v, want reason %q", answer, err, reason)
			}
		}
	})
}

func TestOpenerReportsARefusedConnectionAndATimeout(t *testing.T) {
	each(t, func(t *testing.T, open func(Options) Opener) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := listener.Addr().String()
		listener.Close()
		if _, err := open(optionsFor("http://"+address)).Open(within(t), ""); Reason(err) != "refused" {
			t.Errorf("got %v, want refused", err)
		}
		options, _ := listen(t)
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		if _, err := open(options).Open(ctx, ""); Reason(err) != "timeout" {
			t.Errorf("got %v, want timeout", err)
		}
	})
}

func TestContextEndsAnOpenStream(t *testing.T) {
	each(t, func(t *testing.T, open func(Options) Opener) {
		options, peers := listen(t)
		go func() { _, _ = io.WriteString(<-peers, chunkedHead) }()
		ctx, cancel := context.WithCancel(within(t))
		stream, err := open(options).Open(ctx, "")
		if err != nil {
			t.Fatal(err)
		}
		defer stream.End(Fin)
		time.AfterFunc(20*time.Millisecond, cancel)
		if _, err := stream.Read(make([]byte, 1)); err == nil {
			t.Error("read after the context had ended")
		}
	})
}

func TestStreamEndsAtItsContentLength(t *testing.T) {
	each(t, func(t *testing.T, open func(Options) Opener) {
		for sent, reason := range map[string]string{"data: 1\n\n": "end", "data: 1": "cut_off"} {
			head := "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9\r\n\r\n"
			stream, p := opened(t, open, head+sent)
			p.Close()
			got, err := io.ReadAll(onlyReader{stream})
			if err == nil {
				err = io.EOF
			}
			if string(got) != sent || Reason(err) != reason {
				t.Errorf("got %q and %v, want %q and %s", got, err, sent, reason)
			}
		}
	})
}

func TestOpenerRejectsAnEndlessHead(t *testing.T) {
	options, peers := listen(t)
	go func() {
		p := <-peers
		_, _ = io.WriteString(p, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 20<<10))
	}()
	if _, err := kinds["raw"](options).Open(within(t), ""); err == nil || Reason(err) == "timeout" {
		t.Errorf("got %v, want an error at once", err)
	}
}

func TestStreamsRunOverTLS(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprintf(w, "data: %s\n\n", r.Proto)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	server := httptest.NewUnstartedServer(handler)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	openers := maps.Clone(kinds)
	openers["http2"] = func(o Options) Opener { return NewHTTP(o, true) }
	for kind, open := range openers {
		t.Run(kind, func(t *testing.T) {
			options := optionsFor(server.URL)
			options.TLS = server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
			options.TLS.NextProtos = []string{"h2", "http/1.1"} // As k6 has them.
			dialled := 0
			options.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
				dialled++
				return new(net.Dialer).DialContext(ctx, network, address)
			}
			opener := open(options)
			proto, connections := "HTTP/1.1", 2
			if kind == "http2" {
				proto, connections = "HTTP/2.0", 1
			}
			first, err := opener.Open(within(t), "")
			if err != nil {
				t.Fatal(err)
			}
			second, err := opener.Open(within(t), "")
			if err != nil {
				t.Fatal(err)
			}
			defer second.End(Fin)
			first.End(Fin) // The other stream must stay open.
			got := make([]byte, len("data: HTTP/1.1"))
			if _, err := io.ReadFull(second, got); err != nil || string(got) != "data: "+proto {
				t.Errorf("got %q and %v, want %s", got, err, proto)
			}
			if dialled != connections {
				t.Errorf("dialled %d times for two streams, want %d", dialled, connections)
			}
		})
	}
}

func TestOpenerRejectsAnUntrustedCertificate(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(server.Close)
	each(t, func(t *testing.T, open func(Options) Opener) {
		if _, err := open(optionsFor(server.URL)).Open(within(t), ""); err == nil || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("got %v, want an error about the certificate", err)
		}
	})
}

func TestStreamReportsConnectAndFirstByteTimes(t *testing.T) {
	each(t, func(t *testing.T, open func(Options) Opener) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(60 * time.Millisecond)
			w.Header().Set("Content-Type", "text/event-stream")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}))
		t.Cleanup(server.Close)
		t.Cleanup(server.CloseClientConnections)
		options := optionsFor(server.URL)
		options.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			time.Sleep(30 * time.Millisecond)
			return new(net.Dialer).DialContext(ctx, network, address)
		}
		stream, err := open(options).Open(within(t), "")
		if err != nil {
			t.Fatal(err)
		}
		defer stream.End(Fin)
		if stream.Connected < 30*time.Millisecond || stream.FirstByte < 60*time.Millisecond {
			t.Errorf("got %v and %v, want at least 30ms and 60ms", stream.Connected, stream.FirstByte)
		}
	})
}
