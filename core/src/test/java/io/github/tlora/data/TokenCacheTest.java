package io.github.tlora.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tlora.model.BundledModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenCacheTest {
  private static String json;
  private static Tokenizer tokenizer;
  @TempDir private Path folder;

  @BeforeAll
  static void open() {
    json = new BundledModel().tokenizerJson();
    tokenizer = new Tokenizer(json, 16, true);
  }

  @AfterAll
  static void close() {
    tokenizer.close();
  }

  /** Enough rows to be kept: pairs, long ones that are cut, and signs of all kinds. */
  private static List<Example> rows(String word) {
    List<Example> rows = new ArrayList<>();
    for (int i = 0; i < TokenCache.FEWEST_ROWS; i++) {
      String text = word + " " + i + " \u00e9\uD83D\uDE00".repeat(i % 20);
      rows.add(new Example(text, i % 3 == 0 ? "and " + i : null, i % 2));
    }
    return rows;
  }

  private TokenCache cache() {
    return TokenCache.in(folder.resolve("cache"));
  }

  private static void assertSame(List<Tokenizer.Tokens> tokens, List<Tokenizer.Tokens> expected) {
    assertThat(tokens).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      assertThat(tokens.get(i).ids()).as("row %s", i).isEqualTo(expected.get(i).ids());
      assertThat(tokens.get(i).typeIds()).as("row %s", i).isEqualTo(expected.get(i).typeIds());
    }
  }

  private List<Path> files() throws IOException {
    if (!Files.exists(cache().directory())) {
      return List.of();
    }
    try (Stream<Path> paths = Files.list(cache().directory())) {
      return paths.sorted().toList();
    }
  }

  @Test
  void the_same_tokens_come_from_the_cache_as_without_it() throws IOException {
    List<Tokenizer.Tokens> expected = tokenizer.encode(rows("a"));
    assertSame(cache().tokens(rows("a"), tokenizer), expected);
    assertThat(files()).hasSize(1);
    Tokenizer closed = new Tokenizer(json, 16, true);
    closed.close(); // it cannot tokenize: what comes is from the file
    assertSame(cache().tokens(rows("a"), closed), expected);
  }

  @Test
  void other_texts_lengths_segments_and_tokenizers_have_other_files() {
    List<Path> files = new ArrayList<>();
    files.add(cache().file(rows("a"), tokenizer));
    files.add(cache().file(rows("b"), tokenizer));
    List<Example> moved = new ArrayList<>(rows("a"));
    moved.set(0, new Example("a 0", null, 0)); // the pair is gone
    files.add(cache().file(moved, tokenizer));
    List<Example> joined = new ArrayList<>(rows("a"));
    joined.set(0, new Example("a 0and", " 0", 0)); // the same letters, cut elsewhere
    files.add(cache().file(joined, tokenizer));
    String other = json.replaceFirst("\\[unused5\\]", "[unused5x]");
    assertThat(other).isNotEqualTo(json);
    for (Tokenizer another :
        List.of(
            new Tokenizer(json, 17, true),
            new Tokenizer(json, 16, false),
            new Tokenizer(other, 16, true))) {
      files.add(cache().file(rows("a"), another));
      another.close();
    }
    assertThat(files).doesNotHaveDuplicates();
    assertThat(cache().file(rows("a"), tokenizer)).isEqualTo(files.get(0));
  }

  @Test
  void a_label_is_no_part_of_it() {
    List<Example> relabelled =
        rows("a").stream().map(row -> new Example(row.text(), row.pair(), 7)).toList();
    assertThat(cache().file(relabelled, tokenizer)).isEqualTo(cache().file(rows("a"), tokenizer));
  }

  @Test
  void a_damaged_file_is_ignored_and_written_anew() throws IOException {
    List<Tokenizer.Tokens> expected = cache().tokens(rows("a"), tokenizer);
    Path file = files().get(0);
    byte[] whole = Files.readAllBytes(file);
    byte[] changed = whole.clone();
    changed[changed.length / 2] ^= 1;
    byte[] cut = new byte[whole.length / 2];
    System.arraycopy(whole, 0, cut, 0, cut.length);
    for (byte[] damaged : List.of(changed, cut, new byte[0], new byte[40])) {
      Files.write(file, damaged);
      assertSame(cache().tokens(rows("a"), tokenizer), expected);
      assertThat(Files.readAllBytes(file)).isEqualTo(whole);
    }
  }

  @Test
  void few_rows_are_not_kept() throws IOException {
    cache().tokens(rows("a").subList(1, TokenCache.FEWEST_ROWS), tokenizer);
    assertThat(files()).isEmpty();
  }

  @Test
  void where_nothing_can_be_written_the_tokens_come_all_the_same() throws IOException {
    Files.writeString(folder.resolve("cache"), "a file where the directory should be");
    assertSame(cache().tokens(rows("a"), tokenizer), tokenizer.encode(rows("a")));
  }

  @Test
  void the_longest_unused_make_room() throws IOException {
    cache().tokens(rows("a"), tokenizer);
    long size = Files.size(files().get(0));
    TokenCache small = new TokenCache(cache().directory(), size * 5 / 2);
    small.tokens(rows("b"), tokenizer);
    Path a = small.file(rows("a"), tokenizer);
    Path b = small.file(rows("b"), tokenizer);
    Files.setLastModifiedTime(a, FileTime.fromMillis(1_000));
    Files.setLastModifiedTime(b, FileTime.fromMillis(2_000));
    small.tokens(rows("a"), tokenizer); // of use, so it counts as new
    small.tokens(rows("c"), tokenizer);
    assertThat(files()).containsExactlyInAnyOrder(a, small.file(rows("c"), tokenizer));
  }

  @Test
  void what_is_larger_than_the_cache_is_not_kept() throws IOException {
    new TokenCache(cache().directory(), 1000).tokens(rows("a"), tokenizer);
    assertThat(files()).isEmpty();
  }
}
