"""Readers of Python. The lines they speak: see ../README.md."""

import asyncio
import sys
import threading
from base64 import b64encode

import httpx
import requests
import sseclient
from aiohttp_sse_client.client import EventSource
from httpx_sse import aconnect_sse

writing = threading.Lock()


def tell(number, kind, data):
    fields = [number, *(b64encode(text.encode()).decode() for text in (kind, data))]
    with writing:
        print("\t".join(fields), flush=True)


client = httpx.AsyncClient(
    timeout=None,
    limits=httpx.Limits(max_connections=None),
    follow_redirects=True,
    trust_env=False,
)


async def read_httpx_sse(number, url):
    async with aconnect_sse(client, "GET", url) as source:
        async for event in source.aiter_sse():
            tell(number, event.event, event.data)


async def read_aiohttp_sse_client(number, url):
    async with EventSource(url, timeout=None) as source:
        async for event in source:
            tell(number, event.type or "message", event.data)


async def read_sseclient_py(number, url):
    """Reads in a thread that lives as long as the program: the library blocks."""

    def read():
        session = requests.Session()
        session.trust_env = False
        response = session.get(url, stream=True, headers={"Accept": "text/event-stream"})
        for event in sseclient.SSEClient(response).events():
            tell(number, event.event, event.data)

    threading.Thread(target=report_end, args=(url, read), daemon=True).start()


def report_end(url, read):
    try:
        read()
    except Exception as error:
        print(f"{url}: {error!r}", file=sys.stderr)


READERS = {
    "httpx-sse": read_httpx_sse,
    "sseclient-py": read_sseclient_py,
    "aiohttp-sse-client": read_aiohttp_sse_client,
}


async def guard(number, reader, url):
    try:
        await READERS[reader](number, url)
    except Exception as error:
        # A reader that gives up is an observation, not a failure of this program.
        print(f"{reader} {url}: {error!r}", file=sys.stderr)


async def main():
    loop = asyncio.get_running_loop()
    tasks = {}
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        command, number, *rest = line.rstrip("\n").split("\t")
        if command == "open":
            tasks[number] = asyncio.create_task(guard(number, *rest))
        elif number in tasks:
            tasks.pop(number).cancel()


asyncio.run(main())
