package io.github.tlora.cli;

import static io.github.tlora.cli.Invocation.keys;
import static io.github.tlora.cli.Invocation.tlora;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tlora get}, as a process of its own where it reads variables. */
class GetCommandTest {
  @TempDir private Path folder;
  private Path mirror;

  @BeforeEach
  void write_a_mirror() throws IOException {
    mirror = Files.createDirectories(folder.resolve("mirror"));
    try (OutputStream out = Files.newOutputStream(mirror.resolve("WNLI.zip"));
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, Integer> table :
          Map.of("train.tsv", 635, "dev.tsv", 71, "test.tsv", 146).entrySet()) {
        zip.putNextEntry(new ZipEntry("WNLI/" + table.getKey()));
        String row = "1\tone\ttwo\t1\n";
        String text = "index\tsentence1\tsentence2\tlabel\n" + row.repeat(table.getValue());
        zip.write(text.getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  private Process start(Map<String, String> variables, Object... args) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    for (Object arg : args) {
      command.add(arg.toString());
    }
    ProcessBuilder builder = new ProcessBuilder(command);
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.matches("(?i)HF_.*|TLORA_.*|.*_proxy"));
    environment.put("TLORA_HOME", folder.resolve("home").toString());
    environment.put("HF_HOME", folder.resolve("hf").toString());
    environment.putAll(variables);
    return builder
        .redirectOutput(folder.resolve("out").toFile())
        .redirectError(folder.resolve("err").toFile())
        .start();
  }

  private Invocation run(Map<String, String> variables, Object... args) throws Exception {
    Process process = start(variables, args);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Invocation(
        process.exitValue(),
        Files.readString(folder.resolve("out")),
        Files.readString(folder.resolve("err")));
  }

  @Test
  void a_task_is_fetched_listed_and_trained_on() throws Exception {
    Invocation done = run(Map.of("TLORA_GLUE_URL", mirror.toString()), "get", "WNLI").succeeded();
    Path directory = folder.resolve("home/data/wnli");
    assertThat(done.out()).startsWith("wnli: " + directory + ", ").doesNotContain("was there");
    assertThat(done.err()).isEmpty();
    JsonNode again =
        run(Map.of(), "get", "wnli", "--glue-url", mirror.toUri(), "--json").succeeded().json();
    assertThat(keys(again.get(0)))
        .containsExactly(
            "name", "kind", "path", "revision", "was_there", "bytes", "files", "checksums");
    assertThat(again.at("/0/was_there").asBoolean()).isTrue();
    assertThat(again.at("/0/files/0/rows").asInt()).isEqualTo(635);
    Invocation list = run(Map.of(), "get", "--list").succeeded();
    assertThat(list.outLines())
        .singleElement()
        .asString()
        .matches("task +wnli +\\S+ kB +" + directory);
    JsonNode entries = run(Map.of(), "get", "--list", "--json").succeeded().json().get("entries");
    assertThat(entries.at("/0/name").asText()).isEqualTo("wnli");
    run(Map.of(), "train", "--task", "wnli", "--dry-run").succeeded();
  }

  @Test
  void nothing_here_is_an_answer_too() throws Exception {
    assertThat(run(Map.of(), "get", "--list").succeeded().out()).startsWith("nothing yet, in ");
  }

  @Test
  void without_names_with_both_or_with_no_connection_it_is_wrong_usage() {
    assertThat(tlora("get").code()).isEqualTo(2);
    assertThat(tlora("get", "sst2", "--list").code()).isEqualTo(2);
    assertThat(tlora("get", "sst2", "--parallel", "0").err())
        .isEqualTo("tlora: --parallel must be at least 1, got 0" + System.lineSeparator());
    assertThat(tlora("get", "sst2", "--glue-url", "no/such").code()).isEqualTo(2);
  }

  @Test
  void offline_it_is_one_line_and_exit_code_3() throws Exception {
    Invocation done = run(Map.of("HF_HUB_OFFLINE", "1"), "get", "roberta-large", "sst2");
    assertThat(done.code()).isEqualTo(3);
    assertThat(done.out()).isEmpty();
    assertThat(done.errLines()).singleElement().asString().contains("HF_HUB_OFFLINE forbids");
  }

  @Test
  void an_interrupted_fetch_leaves_a_part_and_the_next_goes_on() throws Exception {
    byte[] archive = Files.readAllBytes(mirror.resolve("WNLI.zip"));
    int half = archive.length / 2;
    CountDownLatch end = new CountDownLatch(1);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, archive.length);
          exchange.getResponseBody().write(archive, 0, half);
          exchange.getResponseBody().flush();
          try {
            end.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          exchange.close();
        });
    server.start();
    Path part = folder.resolve("home/data/.WNLI.zip.part");
    try {
      String url = "http://127.0.0.1:" + server.getAddress().getPort();
      Process process = start(Map.of("TLORA_GLUE_URL", url), "get", "wnli");
      for (int i = 0; i < 300 && part.toFile().length() < half; i++) {
        Thread.sleep(100);
      }
      process.destroy(); // SIGTERM
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(143);
      assertThat(part).hasSize(half);
      try (var paths = Files.list(part.getParent())) {
        assertThat(paths).containsExactly(part);
      }
    } finally {
      end.countDown();
      server.stop(0);
    }
    run(Map.of("TLORA_GLUE_URL", mirror.toString()), "get", "wnli").succeeded();
    assertThat(folder.resolve("home/data/wnli/train.tsv")).exists();
    assertThat(part).doesNotExist();
  }
}
