package io.github.tlora.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.github.tlora.UserError;
import io.github.tlora.data.Example;
import io.github.tlora.data.Tokenizer;
import io.github.tlora.golden.TokenizerFixture;
import io.github.tlora.tensor.SplitMix64;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A damaged tokenizer file gives a usable tokenizer or a UserError, and nothing else. */
class TokenizerFuzzTest {
  private static final List<Example> ROWS =
      List.of(
          Example.of("A gripping film, ﬁne Ａ e\u0301 東京 \uD83D\uDE42 <mask> [MASK] <s>"),
          Example.of(""),
          new Example("the cat sat", "on the mat\u0000\u00a0 \u0301", -1));

  private static final ThreadMXBean MEMORY = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir Path directory;

  @ParameterizedTest
  @Timeout(60)
  @CsvSource({
    "bert-cased, vocab.txt, 150",
    "bert-cased, tokenizer_config.json, 100",
    "bert-cased, tokenizer.json, 200",
    "roberta, vocab.json, 200",
    "roberta, merges.txt, 100",
    "roberta, tokenizer_config.json, 50",
    "deberta-v2-lower, spm.model, 200",
    "deberta-v2-lower, tokenizer_config.json, 50",
    "deberta-v3, spm.model, 60",
    "xlm-roberta, tokenizer.json, 60"
  })
  void a_damaged_file_is_usable_or_told(String fixture, String name, int times) throws IOException {
    TokenizerFixture.named(fixture).copyTo(directory, name.equals("tokenizer.json"));
    Path file = directory.resolve(name);
    byte[] whole = Files.readAllBytes(file);
    String type = TokenizerFixture.named(fixture).modelType();
    int usable = 0;
    Damage damage = new Damage(new SplitMix64((fixture + name).hashCode()));
    for (int i = 0; i < times; i++) {
      Files.write(file, damage.to(whole));
      try {
        tokenize(TokenizerFiles.json(directory, type));
        usable++;
      } catch (UserError e) {
        assertThat(e.kind()).isEqualTo(UserError.Kind.FILE);
        assertThat(e.getMessage()).contains(": ").doesNotContain("Exception").doesNotContain("\n");
      }
    }
    assertThat(usable).isBetween(1, times - 1); // both ways were taken
  }

  private static void tokenize(String json) {
    try (Tokenizer tokenizer = new Tokenizer(json, 16, true)) {
      for (Example row : ROWS) {
        assertThat(tokenizer.encode(row).length()).isLessThanOrEqualTo(16);
      }
    }
  }

  @Test
  void lengths_that_the_file_does_not_hold_take_no_memory() throws IOException {
    TokenizerFixture.named("deberta-v2-lower").copyTo(directory, false);
    CheckpointFile file = new CheckpointFile(directory.resolve("spm.model"));
    byte[] whole = file.bytes();
    long allowed = 64L * whole.length + (1 << 20); // a piece is a few objects
    for (int at = 0; at < whole.length; at += 37) {
      byte[] damaged = new byte[whole.length + 5];
      System.arraycopy(whole, 0, damaged, 0, at);
      System.arraycopy(new byte[] {-1, -1, -1, -1, 7}, 0, damaged, at, 5);
      System.arraycopy(whole, at, damaged, at + 5, whole.length - at);
      Files.write(file.path(), damaged);
      long before = MEMORY.getCurrentThreadAllocatedBytes();
      try {
        assertThat(new SentencePieceModel(file).pieces()).isNotEmpty();
      } catch (UserError e) {
        assertThat(e).hasMessageStartingWith(file.path() + ": ");
      }
      assertThat(MEMORY.getCurrentThreadAllocatedBytes() - before).isLessThan(allowed);
    }
  }
}
