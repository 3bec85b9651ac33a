//! The reader for Rust. ../README.md describes its protocol.

use std::collections::HashMap;

use base64::{prelude::BASE64_STANDARD, Engine};
use futures::StreamExt;
use reqwest_eventsource::{Event, EventSource};
use tokio::io::{stdin, AsyncBufReadExt, BufReader};

fn tell(number: &str, kind: &str, data: &str) {
    println!("{number}\t{}\t{}", BASE64_STANDARD.encode(kind), BASE64_STANDARD.encode(data));
}

async fn read(number: String, url: String) {
    let mut source = EventSource::get(url);
    // After an error it reconnects by itself, or the stream of events ends.
    while let Some(item) = source.next().await {
        if let Ok(Event::Message(event)) = item {
            tell(&number, &event.event, &event.data);
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let tasks = tokio::task::LocalSet::new();
    tasks
        .run_until(async {
            let mut open = HashMap::new();
            let mut commands = BufReader::new(stdin()).lines();
            while let Some(line) = commands.next_line().await? {
                let fields: Vec<String> = line.split('\t').map(String::from).collect();
                match fields.as_slice() {
                    [command, number, _, url] if command == "open" => {
                        let work = read(number.clone(), url.clone());
                        open.insert(number.clone(), tokio::task::spawn_local(work));
                    }
                    [_, number, ..] => {
                        open.remove(number).inspect(|task| task.abort());
                    }
                    _ => eprintln!("not a command: {line}"),
                }
            }
            Ok(())
        })
        .await
}
