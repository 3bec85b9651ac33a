// Readers for Go. ../README.md describes their protocol.
package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"

	launchdarkly "github.com/launchdarkly/eventsource"
	r3labs "github.com/r3labs/sse/v2"
)

type teller func(kind, data string)

// Each reads until the context is done.
var readers = map[string]func(context.Context, string, teller) error{
	"r3labs/sse":               readR3labs,
	"launchdarkly/eventsource": readLaunchDarkly,
}

func readR3labs(ctx context.Context, url string, tell teller) error {
	return r3labs.NewClient(url).SubscribeRawWithContext(ctx, func(event *r3labs.Event) {
		tell(string(event.Event), string(event.Data))
	})
}

func readLaunchDarkly(ctx context.Context, url string, tell teller) error {
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	stream, err := launchdarkly.SubscribeWithRequestAndOptions(request)
	if err != nil {
		return err
	}
	defer stream.Close()
	for {
		select {
		case event, open := <-stream.Events:
			if !open {
				return nil
			}
			tell(event.Event(), event.Data())
		case <-stream.Errors:
			// It reconnects by itself.
		case <-ctx.Done():
			return nil
		}
	}
}

func main() {
	var writing sync.Mutex
	encode := base64.StdEncoding.EncodeToString
	stops := map[string]context.CancelFunc{}
	commands := bufio.NewScanner(os.Stdin)
	for commands.Scan() {
		fields := strings.Split(commands.Text(), "\t")
		number := fields[1]
		if fields[0] != "open" {
			if stop := stops[number]; stop != nil {
				stop()
			}
			continue
		}
		ctx, stop := context.WithCancel(context.Background())
		stops[number] = stop
		tell := func(kind, data string) {
			writing.Lock()
			defer writing.Unlock()
			fmt.Printf("%s\t%s\t%s\n", number, encode([]byte(kind)), encode([]byte(data)))
		}
		go func() {
			if err := readers[fields[2]](ctx, fields[3], tell); err != nil {
				fmt.Fprintf(os.Stderr, "%s %s: %v\n", fields[2], fields[3], err)
			}
		}()
	}
}
