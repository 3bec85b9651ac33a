package readers;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.launchdarkly.eventsource.ConnectStrategy;
import com.launchdarkly.eventsource.MessageEvent;
import com.launchdarkly.eventsource.background.BackgroundEventHandler;
import com.launchdarkly.eventsource.background.BackgroundEventSource;
import jakarta.ws.rs.client.Client;
import jakarta.ws.rs.client.ClientBuilder;
import jakarta.ws.rs.sse.SseEventSource;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import okhttp3.Dispatcher;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.sse.EventSource;
import okhttp3.sse.EventSourceListener;
import okhttp3.sse.EventSources;

/** Readers for Java. ../README.md describes their protocol. */
public final class Main {
  private interface Teller {
    void tell(String type, String data);
  }

  private interface Reader {
    /** Starts to read. The result stops the reader. */
    AutoCloseable open(String url, Teller teller);
  }

  private static final Map<String, Reader> READERS =
      Map.of(
          "okhttp-eventsource", Main::openOkHttpEventSource,
          "okhttp-sse", Main::openOkHttpSse,
          "Jersey", Main::openJersey);

  private static final OkHttpClient OK_HTTP =
      new OkHttpClient.Builder().readTimeout(Duration.ZERO).dispatcher(manyRequests()).build();
  private static final Client JERSEY = ClientBuilder.newClient();

  public static void main(String[] args) throws IOException {
    Map<String, AutoCloseable> open = new HashMap<>();
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      String[] fields = line.split("\t");
      String number = fields[1];
      if (fields[0].equals("open")) {
        Teller teller = (type, data) -> print(number + "\t" + encode(type) + "\t" + encode(data));
        open.put(number, READERS.get(fields[2]).open(fields[3], teller));
      } else {
        closeInBackground(open.remove(number));
      }
    }
    System.exit(0);
  }

  private static AutoCloseable openOkHttpEventSource(String url, Teller teller) {
    BackgroundEventHandler handler =
        new BackgroundEventHandler() {
          @Override
          public void onMessage(String type, MessageEvent event) {
            teller.tell(type, event.getData());
          }

          @Override
          public void onOpen() {}

          @Override
          public void onClosed() {}

          @Override
          public void onComment(String comment) {}

          @Override
          public void onError(Throwable error) {}
        };
    var settings = new com.launchdarkly.eventsource.EventSource.Builder(ConnectStrategy.http(URI.create(url)));
    BackgroundEventSource source = new BackgroundEventSource.Builder(handler, settings).build();
    source.start();
    return source;
  }

  private static AutoCloseable openOkHttpSse(String url, Teller teller) {
    EventSourceListener listener =
        new EventSourceListener() {
          @Override
          public void onEvent(EventSource source, String id, String type, String data) {
            teller.tell(type, data);
          }
        };
    Request request = new Request.Builder().url(url).build();
    EventSource source = EventSources.createFactory(OK_HTTP).newEventSource(request, listener);
    return source::cancel;
  }

  private static AutoCloseable openJersey(String url, Teller teller) {
    SseEventSource source = SseEventSource.target(JERSEY.target(url)).build();
    source.register(event -> teller.tell(event.getName(), event.readData()), error -> {});
    // Waits for the first response.
    inBackground(source::open);
    return source;
  }

  private static Dispatcher manyRequests() {
    Dispatcher dispatcher = new Dispatcher();
    dispatcher.setMaxRequests(1000);
    dispatcher.setMaxRequestsPerHost(1000);
    return dispatcher;
  }

  private static void closeInBackground(AutoCloseable source) {
    if (source == null) return;
    inBackground(
        () -> {
          try {
            source.close();
          } catch (Exception error) {
            System.err.println(error);
          }
        });
  }

  private static void inBackground(Runnable work) {
    Thread thread = new Thread(work);
    thread.setDaemon(true);
    thread.start();
  }

  private static String encode(String text) {
    return Base64.getEncoder().encodeToString((text == null ? "" : text).getBytes(UTF_8));
  }

  private static synchronized void print(String line) {
    System.out.println(line);
  }
}
