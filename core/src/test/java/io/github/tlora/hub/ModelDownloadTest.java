package io.github.tlora.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.Sha256;
import io.github.tlora.UserError;
import io.github.tlora.hub.LoopbackServer.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models from a hub that is honest, and from one that is not. */
class ModelDownloadTest {
  private static final String WEIGHTS = "model.safetensors";
  private static final byte[] BYTES = new byte[300_000];

  static {
    new Random(1).nextBytes(BYTES);
  }

  @TempDir private Path cache;
  private FakeHub hub;
  private Fetching fetching;

  @BeforeEach
  void start() {
    hub =
        new FakeHub()
            .with("config.json", "{\"model_type\": \"bert\"}")
            .with("tokenizer.json", "{}")
            .with(WEIGHTS, BYTES);
    fetching = Fetching.from(hub.hub().uri());
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  private Path folder() {
    return cache.resolve("models--org--tiny");
  }

  private Path snapshot() {
    return folder().resolve("snapshots").resolve(FakeHub.COMMIT);
  }

  private Path blob(String hash) {
    return folder().resolve("blobs").resolve(hash);
  }

  private Path part() {
    return blob(Sha256.of(BYTES) + ".incomplete");
  }

  private void assertWhole() throws IOException {
    assertThat(Files.readAllBytes(snapshot().resolve(WEIGHTS))).isEqualTo(BYTES);
    assertThat(part()).doesNotExist();
  }

  private AbstractThrowableAssert<?, ? extends Throwable> assertRefused(UserError.Kind kind) {
    return assertThatThrownBy(() -> fetching.model(cache))
        .isInstanceOfSatisfying(UserError.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
  }

  @Test
  void a_model_lies_in_the_cache_as_huggingface_hub_lays_it() throws IOException {
    Fetched fetched = fetching.model(cache);
    assertWhole();
    Path config = snapshot().resolve("config.json");
    String hash = FakeHub.gitBlob(Files.readAllBytes(config));
    assertThat(Files.readSymbolicLink(config)).isEqualTo(Path.of("../../blobs/" + hash));
    assertThat(blob(Sha256.of(BYTES))).isRegularFile();
    assertThat(folder().resolve("refs/main")).hasContent(FakeHub.COMMIT);
    assertThat(fetched.path()).isEqualTo(snapshot().toString());
    assertThat(fetched.revision()).isEqualTo(FakeHub.COMMIT);
    assertThat(fetched.wasThere()).isFalse();
    assertThat(fetched.checksums()).containsEntry(WEIGHTS, Sha256.of(BYTES));
    assertThat(fetched.bytes()).isEqualTo(BYTES.length + 22 + 2);
    assertThat(fetching.states().get(fetching.states().size() - 1).bytes())
        .isEqualTo(fetched.bytes());
  }

  @Test
  void what_is_here_is_checked_and_not_fetched_again() throws IOException {
    fetching.model(cache);
    assertThat(fetching.model(cache).wasThere()).isTrue();
    assertThat(hub.requests(WEIGHTS)).hasSize(2); // hub and CDN, once
    Files.write(blob(Sha256.of(BYTES)), new byte[] {1});
    assertThat(fetching.model(cache).wasThere()).isFalse();
    assertWhole();
    assertThat(fetching.notes())
        .containsExactly(WEIGHTS + ": is here but damaged; fetching it again");
  }

  @Test
  void the_token_goes_to_the_hub_and_to_nobody_else() {
    Map<String, String> variables =
        Map.of("HF_ENDPOINT", hub.hub().uri().toString(), "HF_TOKEN", "hf_secret");
    Fetching.with(variables).model(cache);
    assertThat(hub.hub().requests())
        .isNotEmpty()
        .allSatisfy(
            r -> assertThat(r.headers()).containsEntry("authorization", "Bearer hf_secret"));
    assertThat(hub.cdn().requests())
        .isNotEmpty()
        .allSatisfy(r -> assertThat(r.headers()).doesNotContainKey("authorization"));
  }

  @Test
  void only_needed_files_are_fetched() {
    hub.with("pytorch_model.bin", "old weights")
        .with("tf_model.h5", "other weights")
        .with("vocab.txt", "[PAD]")
        .with("README.md", "words")
        .with("tokenizer_config.json", "{}");
    assertThat(fetching.model(cache).files())
        .extracting(Fetched.File::name)
        .containsExactly("config.json", "tokenizer_config.json", "tokenizer.json", WEIGHTS);
  }

  @Test
  void without_tokenizer_json_its_older_files_are_fetched_and_bin_without_safetensors()
      throws IOException {
    try (FakeHub old = new FakeHub()) {
      old.with("config.json", "{}").with("spm.model", "x").with("pytorch_model.bin", BYTES);
      assertThat(Fetching.from(old.hub().uri()).model(cache).files())
          .extracting(Fetched.File::name)
          .containsExactly("config.json", "spm.model", "pytorch_model.bin");
    }
  }

  @Test
  void shards_come_by_their_index() throws IOException {
    try (FakeHub sharded = new FakeHub()) {
      sharded
          .with("config.json", "{}")
          .with(
              "model.safetensors.index.json",
              "{\"weight_map\": {\"a\": \"m-1.safetensors\", \"b\": \"m-2.safetensors\"}}")
          .with("m-1.safetensors", "one")
          .with("m-2.safetensors", "two")
          .with("m-3.safetensors", "not in the index");
      Fetched fetched = Fetching.from(sharded.hub().uri()).model(cache);
      assertThat(fetched.files())
          .extracting(Fetched.File::name)
          .containsExactly(
              "config.json", "m-1.safetensors", "m-2.safetensors", "model.safetensors.index.json");
      assertThat(snapshot().resolve("m-2.safetensors")).hasContent("two");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"../evil.safetensors", "absent.safetensors", "config.json"})
  void an_index_that_names_what_is_not_there_is_refused(String shard) {
    try (FakeHub sharded = new FakeHub()) {
      sharded
          .with("config.json", "{}")
          .with("model.safetensors.index.json", "{\"weight_map\": {\"a\": \"" + shard + "\"}}");
      assertThatThrownBy(() -> Fetching.from(sharded.hub().uri()).model(cache))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("index.json names '" + shard + "', which it has not");
    }
  }

  @Test
  void dropped_connections_are_resumed_where_they_ended() throws IOException {
    hub.failing(WEIGHTS, (request, right) -> right.cutAfter(100_000));
    hub.failing(WEIGHTS, (request, right) -> right.cutAfter(100_000));
    fetching.model(cache);
    assertWhole();
    List<Integer> from = hub.cdn().requests().stream().map(LoopbackServer.Request::from).toList();
    assertThat(from).hasSize(3).startsWith(0).isSorted();
    assertThat(from.get(1)).isBetween(1, 100_000); // the end of what was sent may be lost
    assertThat(from.get(2)).isBetween(from.get(1) + 1, from.get(1) + 100_000);
    assertThat(fetching.notes()).hasSize(2).allMatch(note -> note.contains("trying again in"));
  }

  @Test
  void a_part_of_an_earlier_process_is_gone_on_with() throws IOException {
    Files.createDirectories(part().getParent());
    Files.write(part(), Arrays.copyOf(BYTES, 250_000));
    fetching.model(cache);
    assertWhole();
    assertThat(hub.cdn().requests())
        .extracting(LoopbackServer.Request::from)
        .containsExactly(250_000);
  }

  @Test
  void a_wrong_part_is_found_by_the_hash_and_fetched_anew() throws IOException {
    Files.createDirectories(part().getParent());
    Files.write(part(), new byte[250_000]);
    fetching.model(cache);
    assertWhole();
    assertThat(hub.cdn().requests())
        .extracting(LoopbackServer.Request::from)
        .containsExactly(250_000, 0);
    assertThat(fetching.notes())
        .containsExactly(WEIGHTS + ": has another hash than the hub's; beginning again");
  }

  @Test
  void a_part_that_is_too_long_is_thrown_away() throws IOException {
    Files.createDirectories(part().getParent());
    Files.write(part(), new byte[BYTES.length + 1]);
    fetching.model(cache);
    assertWhole();
  }

  @Test
  void a_server_that_ignores_ranges_sends_everything_again() throws IOException {
    hub.failing(WEIGHTS, (request, right) -> right.cutAfter(100_000));
    hub.failing(WEIGHTS, (request, right) -> Reply.of(200, BYTES));
    fetching.model(cache);
    assertWhole();
    assertThat(hub.cdn().requests()).hasSize(2);
  }

  @Test
  void another_range_than_the_one_asked_for_is_not_taken() throws IOException {
    hub.failing(WEIGHTS, (request, right) -> right.cutAfter(100_000));
    hub.failing(
        WEIGHTS,
        (request, right) ->
            Reply.of(206, Arrays.copyOfRange(BYTES, 50_000, BYTES.length))
                .with("Content-Range", "bytes 50000-299999/300000"));
    fetching.model(cache);
    assertWhole();
    assertThat(fetching.notes()).anyMatch(note -> note.contains("another part than the one asked"));
  }

  @Test
  void wrong_bytes_never_take_the_name() {
    hub.failing(WEIGHTS, (request, right) -> Reply.of(200, new byte[BYTES.length]));
    assertRefused(UserError.Kind.FILE)
        .hasMessageContaining("has not the SHA-256 that the hub gives (" + Sha256.of(BYTES));
    assertThat(blob(Sha256.of(BYTES))).doesNotExist();
    assertThat(part()).doesNotExist();
    assertThat(snapshot().resolve(WEIGHTS)).doesNotExist();
    assertThat(folder().resolve("refs/main")).doesNotExist();
  }

  @Test
  void wrong_bytes_of_a_small_file_are_found_by_git_s_hash() {
    hub.failing("config.json", (request, right) -> Reply.of(200, "{\"model_type\": \"gpt2\"}"));
    assertRefused(UserError.Kind.FILE).hasMessageContaining("config.json has not the SHA-1");
  }

  @Test
  void a_length_that_is_too_long_is_found_and_tried_again() throws IOException {
    hub.failing(WEIGHTS, (request, right) -> right.claiming(BYTES.length + 1000L));
    fetching.model(cache);
    assertWhole();
    assertThat(fetching.notes())
        .singleElement()
        .asString()
        .contains("the server says 301,000 bytes, but it has 300,000");
  }

  @Test
  void a_length_that_is_too_short_is_found_and_tried_again() throws IOException {
    hub.failing(WEIGHTS, (request, right) -> right.claiming(1000));
    fetching.model(cache);
    assertWhole();
  }

  @Test
  void more_bytes_than_the_hub_lists_are_not_taken() throws IOException {
    byte[] more = Arrays.copyOf(BYTES, BYTES.length + 5);
    hub.failing(WEIGHTS, (request, right) -> Reply.of(200, more).claiming(-1));
    fetching.model(cache);
    assertWhole();
    assertThat(fetching.notes())
        .singleElement()
        .asString()
        .contains("the server sends more than 300,000 bytes");
  }

  @Test
  void a_connection_that_falls_silent_is_closed_and_resumed() throws IOException {
    hub.failing(WEIGHTS, (request, right) -> right.cutAfter(100_000).hanging());
    fetching.model(cache);
    assertWhole();
    assertThat(hub.cdn().requests())
        .extracting(LoopbackServer.Request::from)
        .containsExactly(0, 100_000);
  }

  @Test
  void a_server_without_an_end_of_errors_is_given_up_and_the_part_stays() throws IOException {
    hub.failing(WEIGHTS, (request, right) -> right.cutAfter(100_000));
    for (int i = 0; i < 10; i++) {
      hub.failing(WEIGHTS, (request, right) -> Reply.of(503, "busy"));
    }
    assertRefused(UserError.Kind.FILE)
        .hasMessageContaining("the server answered 503, 3 times in a row. What has come is kept");
    byte[] kept = Files.readAllBytes(part());
    assertThat(kept.length).isBetween(1, 100_000); // the end of what was sent may be lost
    assertThat(kept).isEqualTo(Arrays.copyOf(BYTES, kept.length));
    assertThat(blob(Sha256.of(BYTES))).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 500, 502, 503, 504})
  void what_passes_is_tried_again(int status) throws IOException {
    hub.failing("revision", (request, right) -> Reply.of(status, ""));
    hub.failing("tree", (request, right) -> Reply.of(status, ""));
    hub.failing(WEIGHTS, (request, right) -> Reply.of(status, ""));
    fetching.model(cache);
    assertWhole();
  }

  @Test
  void retry_after_is_waited_for() throws IOException {
    hub.failing(WEIGHTS, (request, right) -> Reply.of(429, "").with("Retry-After", "1"));
    long start = System.nanoTime();
    fetching.model(cache);
    assertWhole();
    assertThat(System.nanoTime() - start).isGreaterThan(1_000_000_000L);
    assertThat(fetching.notes())
        .containsExactly(WEIGHTS + ": the server answered 429; trying again in 1 s");
  }

  @Test
  void a_wait_beyond_patience_is_told_at_once() {
    hub.failing(WEIGHTS, (request, right) -> Reply.of(429, "").with("Retry-After", "7200"));
    assertRefused(UserError.Kind.FILE)
        .hasMessageContaining("the server answered 429 and asks to wait 7200 s");
  }

  @Test
  void an_unknown_model_a_private_and_a_gated_one_are_told_apart() {
    assertThatThrownBy(() -> fetching.model(cache, "no/such", "main"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("model 'no/such': there is no such model on " + hub.hub().uri());
    hub.failing("revision", (r, right) -> Reply.of(401, "").with("X-Error-Code", "RepoNotFound"));
    assertRefused(UserError.Kind.FILE)
        .hasMessageContaining("or it is private and it asks for a token")
        .hasMessageContaining("HF_TOKEN");
    hub.failing("revision", (r, right) -> Reply.of(401, "").with("X-Error-Code", "GatedRepo"));
    assertRefused(UserError.Kind.FILE)
        .hasMessageContaining("Accept the terms on " + hub.hub().uri() + "/org/tiny");
    hub.failing("config.json", (r, right) -> Reply.of(403, ""));
    assertRefused(UserError.Kind.FILE).hasMessageContaining("Accept the terms");
    hub.failing(
        "revision", (r, right) -> Reply.of(404, "").with("X-Error-Code", "RevisionNotFound"));
    assertThatThrownBy(() -> fetching.model(cache, FakeHub.ID, "v9"))
        .hasMessageContaining("there is no revision 'v9'");
  }

  @Test
  void a_revision_with_a_slash_keeps_its_name() {
    fetching.model(cache, FakeHub.ID, "refs/pr/1");
    assertThat(hub.hub().requests().get(0).target()).endsWith("/revision/refs%2Fpr%2F1");
    assertThat(folder().resolve("refs/refs/pr/1")).hasContent(FakeHub.COMMIT);
  }

  @Test
  void a_commit_needs_no_ref() {
    fetching.model(cache, FakeHub.ID, FakeHub.COMMIT);
    assertThat(folder().resolve("refs")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"../x", "a/b/c", "a--b/c", "", "a b", "/abs", "x/..", "http://h/x"})
  void what_is_no_id_is_wrong_usage(String id) {
    assertThatThrownBy(() -> fetching.model(cache, id, "main"))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.USAGE));
    assertThat(hub.hub().requests()).isEmpty();
  }

  @Test
  void a_redirect_to_another_protocol_is_refused() {
    hub.failing(
        "config.json", (r, right) -> Reply.of(302, "").with("Location", "file:///etc/passwd"));
    assertRefused(UserError.Kind.FILE).hasMessageContaining("which is not safe");
  }

  @Test
  void endless_redirects_end() {
    try (LoopbackServer circle =
        new LoopbackServer(request -> Reply.of(307, "").with("Location", request.target()))) {
      assertThatThrownBy(() -> Fetching.from(circle.uri()).model(cache))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("is redirected more than 10 times");
    }
  }

  @Test
  void something_other_than_a_hub_is_told() {
    for (String body : List.of("<html>", "{\"sha\": \"../../x\"}", "\"text\"")) {
      try (LoopbackServer other = new LoopbackServer(request -> Reply.of(200, body))) {
        assertThatThrownBy(() -> Fetching.from(other.uri()).model(cache))
            .isInstanceOf(UserError.class)
            .hasMessageContaining("it does not answer as the hub does. Check HF_ENDPOINT");
      }
    }
  }

  @Test
  void a_model_without_weights_that_can_be_read_names_what_it_has() {
    try (FakeHub foreign = new FakeHub()) {
      foreign.with("config.json", "{}").with("tf_model.h5", "x");
      assertThatThrownBy(() -> Fetching.from(foreign.hub().uri()).model(cache))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("no model.safetensors and no pytorch_model.bin")
          .hasMessageEndingWith("It has: config.json; tf_model.h5");
    }
  }

  @Test
  void the_disk_is_looked_at_before_anything_comes() {
    fetching.onDisk(BYTES.length);
    assertRefused(UserError.Kind.FILE)
        .hasMessageContaining("300,024 bytes are needed, but the disk has only 300,000 bytes left")
        .hasMessageContaining("HF_HUB_CACHE");
    assertThat(hub.cdn().requests()).isEmpty();
  }

  @Test
  void parts_that_are_here_need_no_room_on_the_disk() throws IOException {
    Files.createDirectories(part().getParent());
    Files.write(part(), Arrays.copyOf(BYTES, 250_000));
    fetching.onDisk(60_000).model(cache);
    assertWhole();
  }

  @Test
  void offline_nothing_is_asked_and_it_says_how_to_bring_the_files() {
    Map<String, String> variables =
        Map.of("HF_ENDPOINT", hub.hub().uri().toString(), "HF_HUB_OFFLINE", "1");
    assertThatThrownBy(() -> Fetching.with(variables).model(cache))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("HF_HUB_OFFLINE forbids to fetch it")
        .hasMessageContaining("to " + cache.resolve("by-hand"))
        .hasMessageContaining("copy " + folder());
    assertThat(hub.hub().requests()).isEmpty();
    fetching.model(cache);
    int asked = hub.hub().requests().size();
    assertThat(Fetching.with(variables).model(cache).wasThere()).isTrue();
    assertThat(hub.hub().requests()).hasSize(asked);
  }

  @Test
  void a_hub_that_cannot_be_reached_is_told_at_once() {
    hub.close();
    assertRefused(UserError.Kind.FILE)
        .hasMessageContaining("cannot reach the server of 127.0.0.1")
        .hasMessageContaining("Without a network: bring config.json");
    assertThat(fetching.notes()).isEmpty();
  }

  @Test
  void a_file_that_another_fetch_writes_is_left_to_it() throws IOException {
    Files.createDirectories(part().getParent());
    try (var channel =
            java.nio.channels.FileChannel.open(
                part(),
                java.nio.file.StandardOpenOption.CREATE,
                java.nio.file.StandardOpenOption.WRITE);
        var lock = channel.lock()) {
      assertThat(lock.isValid()).isTrue();
      assertRefused(UserError.Kind.FILE).hasMessageContaining("another process is fetching it");
    }
  }

  @Test
  void nothing_but_blobs_links_and_refs_is_left() throws IOException {
    fetching.model(cache);
    try (Stream<Path> paths = Files.walk(cache)) {
      assertThat(paths.map(path -> path.getFileName().toString()))
          .noneMatch(name -> name.startsWith(".") || name.endsWith("part"));
    }
    assertThat(
            new String(Files.readAllBytes(folder().resolve("refs/main")), StandardCharsets.UTF_8))
        .isEqualTo(FakeHub.COMMIT);
  }

  @Test
  void the_cache_lists_what_it_holds() throws IOException {
    fetching.model(cache);
    Files.write(blob("ff.incomplete"), new byte[10]);
    assertThat(new HubCache(cache).held())
        .containsExactly(
            new HubCache.Held(
                FakeHub.ID,
                folder(),
                Map.of(FakeHub.COMMIT, List.of("main")),
                BYTES.length + 24L,
                10));
  }
}
