package io.github.tlora.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.Sha256;
import io.github.tlora.UserError;
import io.github.tlora.hub.LoopbackServer.Reply;
import io.github.tlora.hub.LoopbackServer.Request;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** GLUE's files, made here with as many rows as the real ones have. */
class GlueDownloadTest {
  private static final String ZIP = "WNLI.zip";

  @TempDir private Path folder;
  private final Map<String, byte[]> files = new ConcurrentHashMap<>();
  private final Queue<BiFunction<Request, Reply, Reply>> faults = new ArrayDeque<>();
  private LoopbackServer server;
  private Path data;
  private Fetching fetching;

  @BeforeEach
  void start() throws IOException {
    server = new LoopbackServer(this::answer);
    data = folder.resolve("data");
    files.put("/" + ZIP, zip("WNLI/", GlueFiles.WNLI));
    fetching = from(server.uri().toString());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static Fetching from(String base) {
    return Fetching.with(Map.of(Sources.GLUE_URL, base));
  }

  private Reply answer(Request request) {
    byte[] content = files.get(request.path());
    Reply right = content == null ? Reply.of(404, "") : LoopbackServer.ranged(request, content);
    BiFunction<Request, Reply, Reply> fault = faults.poll();
    return fault == null ? right : fault.apply(request, right);
  }

  /** A table of so many rows; no two archives of it are equal where {@code salt} differs. */
  private static byte[] table(GlueFiles.Table table, int rows, String salt) {
    StringBuilder text = new StringBuilder(table.hasHeader() ? "index\tsentence\n" : "");
    for (int i = 0; i < rows; i++) {
      text.append(i).append('\t').append(salt).append(i * 7919 % 10007).append('\n');
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static Map<String, byte[]> entries(String directory, GlueFiles task, String salt) {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    task.tables().forEach(t -> entries.put(directory + t.name(), table(t, t.least(), salt)));
    return entries;
  }

  private static byte[] zip(Map<String, byte[]> entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        ZipEntry header = new ZipEntry(entry.getKey());
        header.setTime(0);
        zip.putNextEntry(header);
        zip.write(entry.getValue());
      }
    }
    return bytes.toByteArray();
  }

  private static byte[] zip(String directory, GlueFiles task) throws IOException {
    return zip(entries(directory, task, "s"));
  }

  private void assertWhole() {
    assertThat(data.resolve("wnli")).isDirectoryContaining("regex:.*/train.tsv");
    assertThat(names(data)).containsExactly("wnli", "wnli.sha256");
    assertThat(names(data.resolve("wnli"))).containsExactly("dev.tsv", "test.tsv", "train.tsv");
  }

  private static String[] names(Path directory) {
    try (Stream<Path> paths = Files.list(directory)) {
      return paths.map(path -> path.getFileName().toString()).sorted().toArray(String[]::new);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private AbstractThrowableAssert<?, ? extends Throwable> assertRefused() {
    return assertThatThrownBy(() -> fetching.task(data, GlueFiles.WNLI))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .satisfies(e -> assertThat(e.getMessage()).startsWith("task wnli: ").doesNotContain("\n"));
  }

  @Test
  void a_task_lies_in_its_directory_and_its_hash_beside_it() throws IOException {
    Fetched fetched = fetching.task(data, GlueFiles.WNLI);
    assertWhole();
    String hash = Sha256.of(files.get("/" + ZIP));
    assertThat(data.resolve("wnli.sha256")).hasContent(hash + "  " + ZIP + "\n");
    assertThat(fetched.checksums()).containsExactly(Map.entry(ZIP, hash));
    assertThat(fetched.files())
        .extracting(Fetched.File::name, Fetched.File::rows)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("train.tsv", 635),
            org.assertj.core.groups.Tuple.tuple("dev.tsv", 71),
            org.assertj.core.groups.Tuple.tuple("test.tsv", 146));
    assertThat(fetching.task(data, GlueFiles.WNLI).wasThere()).isTrue();
    assertThat(server.requests()).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(
      value = GlueFiles.class,
      names = {"COLA", "MRPC", "AX", "RTE", "STSB"})
  void a_directory_stands_for_a_server(GlueFiles task) throws IOException {
    Path mirror = Files.createDirectories(folder.resolve("a mirror"));
    if (task.isArchive()) {
      Files.write(mirror.resolve(task.downloads().get(0)), zip("Any/", task));
    } else {
      for (int i = 0; i < task.tables().size(); i++) {
        GlueFiles.Table table = task.tables().get(i);
        Files.write(mirror.resolve(task.downloads().get(i)), table(table, table.least(), "s"));
      }
    }
    for (String base : new String[] {mirror.toString(), mirror.toUri().toString()}) {
      Path place = folder.resolve("data" + base.length());
      Fetched fetched = from(base).task(place, task);
      assertThat(names(place.resolve(task.key())))
          .containsExactlyInAnyOrderElementsOf(
              task.tables().stream().map(GlueFiles.Table::name).toList());
      assertThat(fetched.checksums().keySet())
          .containsExactlyInAnyOrderElementsOf(task.downloads());
    }
  }

  @Test
  void the_usual_addresses_are_those_of_glue_and_senteval() {
    Sources sources = Sources.of(Map.of());
    assertThat(sources.glue()).isEqualTo(URI.create("https://dl.fbaipublicfiles.com/glue/data/"));
    assertThat(sources.senteval().resolve("msr_paraphrase_train.txt"))
        .isEqualTo(
            URI.create(
                "https://dl.fbaipublicfiles.com/senteval/senteval_data/msr_paraphrase_train.txt"));
  }

  @Test
  void a_dropped_connection_is_resumed() {
    faults.add((request, right) -> right.cutAfter(2_000));
    fetching.task(data, GlueFiles.WNLI);
    assertWhole();
    List<Integer> from = server.requests().stream().map(Request::from).toList();
    assertThat(from).hasSize(2).startsWith(0);
    assertThat(from.get(1)).isBetween(1, 2_000); // the end of what was sent may be lost
  }

  @Test
  void a_part_of_an_earlier_process_is_gone_on_with() throws IOException {
    Files.createDirectories(data);
    Files.write(data.resolve("." + ZIP + ".part"), Arrays.copyOf(files.get("/" + ZIP), 4_000));
    fetching.task(data, GlueFiles.WNLI);
    assertWhole();
    assertThat(server.requests()).extracting(Request::from).containsExactly(4_000);
  }

  @Test
  void a_whole_part_of_an_earlier_process_is_taken() throws IOException {
    Files.createDirectories(data);
    Files.write(data.resolve("." + ZIP + ".part"), files.get("/" + ZIP));
    fetching.task(data, GlueFiles.WNLI);
    assertWhole();
  }

  @Test
  void a_part_of_another_archive_is_found_and_fetched_anew() throws IOException {
    Files.createDirectories(data);
    Files.write(data.resolve("." + ZIP + ".part"), new byte[4_000]);
    fetching.task(data, GlueFiles.WNLI);
    assertWhole();
    assertThat(server.requests()).extracting(Request::from).containsExactly(4_000, 0);
    assertThat(fetching.notes()).singleElement().asString().endsWith("; beginning again");
  }

  @Test
  void a_length_that_lies_is_found() {
    faults.add((request, right) -> right.claiming(right.body().length + 10L));
    faults.add((request, right) -> Reply.of(503, ""));
    fetching.task(data, GlueFiles.WNLI);
    assertWhole();
  }

  @Test
  void a_server_that_always_lies_is_given_up() {
    for (int i = 0; i < 50; i++) {
      faults.add(
          (request, right) ->
              right.status() == 200 ? right.claiming(right.body().length + 10L) : right);
    }
    // It has nothing from there on, and says how much there is: that is then believed.
    fetching.task(data, GlueFiles.WNLI);
    assertWhole();
    faults.clear();
    for (int i = 0; i < 50; i++) {
      faults.add((request, right) -> Reply.of(200, new byte[5]).claiming(1000));
    }
    assertThatThrownBy(() -> fetching.task(folder.resolve("other"), GlueFiles.WNLI))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("3 times in a row");
  }

  @Test
  void a_length_that_is_too_short_gives_a_damaged_archive() {
    faults.add((request, right) -> right.claiming(3_000));
    assertRefused().hasMessageContaining("is no zip archive, or a damaged one");
    assertThat(names(data)).isEmpty();
  }

  @Test
  void damaged_bytes_in_an_archive_are_found_by_their_crc() {
    byte[] bytes = files.get("/" + ZIP);
    bytes[bytes.length / 3] ^= 1;
    assertRefused().hasMessageContaining("WNLI.zip is damaged at WNLI/");
    assertThat(names(data)).isEmpty();
  }

  @Test
  void a_page_of_a_portal_is_no_archive() {
    faults.add((request, right) -> Reply.of(200, "<html>please log in</html>"));
    assertRefused().hasMessageContaining("is no zip archive");
    assertThat(names(data)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../evil.tsv", "/evil.tsv", "WNLI/../../evil.tsv", "..\\evil.tsv", "C:\\x"})
  void an_archive_that_leaves_its_directory_is_refused_whole(String evil) throws IOException {
    Map<String, byte[]> entries = entries("WNLI/", GlueFiles.WNLI, "s");
    entries.put(evil, new byte[] {1});
    files.put("/" + ZIP, zip(entries));
    assertThatThrownBy(() -> fetching.task(data, GlueFiles.WNLI))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("has an entry that would leave its directory ('" + evil + "')");
    assertThat(data.resolve("wnli")).doesNotExist();
    assertThat(folder.resolve("evil.tsv")).doesNotExist();
  }

  @Test
  void what_else_an_archive_has_is_left_in_it() throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("WNLI/original/train.tsv", new byte[] {1});
    entries.put("WNLI/run.sh", new byte[] {1});
    entries.putAll(entries("WNLI/", GlueFiles.WNLI, "s"));
    files.put("/" + ZIP, zip(entries));
    fetching.task(data, GlueFiles.WNLI);
    assertWhole();
  }

  @Test
  void an_archive_without_a_table_is_refused() throws IOException {
    Map<String, byte[]> entries = entries("WNLI/", GlueFiles.WNLI, "s");
    entries.remove("WNLI/test.tsv");
    files.put("/" + ZIP, zip(entries));
    assertRefused().hasMessageContaining("WNLI.zip has no test.tsv");
  }

  @Test
  void another_number_of_rows_is_not_glue_s() throws IOException {
    Map<String, byte[]> entries = entries("WNLI/", GlueFiles.WNLI, "s");
    entries.put("WNLI/dev.tsv", table(GlueFiles.Table.of("dev.tsv", 70), 70, "s"));
    files.put("/" + ZIP, zip(entries));
    assertRefused().hasMessageContaining("dev.tsv has 70 rows, GLUE's has 71");
    assertThat(names(data)).isEmpty();
  }

  @Test
  void another_archive_than_the_first_time_is_told() throws IOException {
    fetching.task(data, GlueFiles.WNLI);
    for (String name : names(data.resolve("wnli"))) {
      Files.delete(data.resolve("wnli").resolve(name));
    }
    Files.delete(data.resolve("wnli"));
    String before = Sha256.of(files.get("/" + ZIP));
    files.put("/" + ZIP, zip(entries("WNLI/", GlueFiles.WNLI, "t")));
    assertRefused()
        .hasMessageContaining("its SHA-256 is " + Sha256.of(files.get("/" + ZIP)))
        .hasMessageContaining("but it was " + before)
        .hasMessageContaining("delete " + data.resolve("wnli.sha256"));
    Files.delete(data.resolve("wnli.sha256"));
    fetching.task(data, GlueFiles.WNLI);
    assertWhole();
  }

  @Test
  void a_directory_of_other_rows_is_left_alone() throws IOException {
    Files.createDirectories(data.resolve("wnli"));
    Files.writeString(data.resolve("wnli/train.tsv"), "index\tsentence\n1\tmine\n");
    assertRefused()
        .hasMessageContaining("there is already " + data.resolve("wnli"))
        .hasMessageContaining("train.tsv has 1 rows, GLUE's has 635");
    assertThat(data.resolve("wnli/train.tsv")).exists();
    assertThat(server.requests()).isEmpty();
  }

  @Test
  void what_is_not_there_names_other_sources() {
    files.clear();
    assertRefused()
        .hasMessageContaining("/WNLI.zip is not there. Name another source with --glue-url")
        .hasMessageContaining("unpack its train.tsv, dev.tsv, test.tsv into " + data);
  }

  @Test
  void a_full_disk_is_told_before_anything_is_written() {
    fetching.onDisk(100);
    assertRefused(UserError.class).hasMessageContaining("the disk has only 100 bytes left");
    assertThat(data.resolve("wnli")).doesNotExist();
  }

  private AbstractThrowableAssert<?, ? extends Throwable> assertRefused(Class<?> type) {
    return assertThatThrownBy(() -> fetching.task(data, GlueFiles.WNLI)).isInstanceOf(type);
  }

  @Test
  void offline_only_directories_are_read() throws IOException {
    Map<String, String> offline =
        Map.of(Sources.GLUE_URL, server.uri().toString(), "HF_HUB_OFFLINE", "true");
    assertThatThrownBy(() -> Fetching.with(offline).task(data, GlueFiles.WNLI))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("HF_HUB_OFFLINE forbids to fetch it")
        .hasMessageContaining("bring " + server.uri() + "/WNLI.zip by hand");
    assertThat(server.requests()).isEmpty();
    Files.write(folder.resolve(ZIP), files.get("/" + ZIP));
    Map<String, String> local =
        Map.of(Sources.GLUE_URL, folder.toString(), "HF_HUB_OFFLINE", "true");
    Fetching.with(local).task(data, GlueFiles.WNLI);
    assertWhole();
  }

  @Test
  void a_server_that_cannot_be_reached_is_told_at_once() {
    server.close();
    assertRefused().hasMessageContaining("cannot reach the server of WNLI.zip");
    assertThat(fetching.notes()).isEmpty();
  }

  @Test
  void tasks_are_called_as_people_call_them() {
    assertThat(GlueFiles.named("SST-2")).contains(GlueFiles.SST2);
    assertThat(GlueFiles.named("sts_b")).contains(GlueFiles.STSB);
    assertThat(GlueFiles.named("bert-base")).isEmpty();
  }
}
