module content-store-sse/proxy/bench/fleet

go 1.22
