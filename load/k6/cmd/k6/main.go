// Command k6 is Grafana k6 with the extension k6/x/ssefleet linked in.
package main

import (
	"go.k6.io/k6/v2/cmd"

	_ "content-store-sse/load/k6/ssefleet"
)

func main() {
	cmd.Execute()
}
