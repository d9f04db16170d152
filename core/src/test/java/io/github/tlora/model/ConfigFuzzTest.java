package io.github.tlora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.UserError;
import io.github.tlora.adapter.Lora;
import io.github.tlora.fixture.TinyEncoder;
import io.github.tlora.fixture.TinyEncoder.Family;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Slots;
import io.github.tlora.tensor.SplitMix64;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A config.json from anywhere: it is read and every parameter declared, or one line says what is
 * wrong. Nothing else is thrown, nothing overflows, and nothing takes long.
 */
class ConfigFuzzTest {
  private static final int MUTATIONS = 200;
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** Values that stand where a size, a share, a text or a flag is expected. */
  private static final List<JsonNode> VALUES =
      List.of(
          JSON.nullNode(),
          JSON.booleanNode(true),
          JSON.booleanNode(false),
          JSON.numberNode(0),
          JSON.numberNode(-1),
          JSON.numberNode(1),
          JSON.numberNode(2),
          JSON.numberNode(7),
          JSON.numberNode(999),
          JSON.numberNode(1_000_000_000),
          JSON.numberNode(10_000_000),
          JSON.numberNode(Integer.MAX_VALUE),
          JSON.numberNode(Integer.MIN_VALUE),
          JSON.numberNode(Long.MAX_VALUE),
          JSON.numberNode(BigInteger.TEN.pow(900)),
          JSON.numberNode(0.5),
          JSON.numberNode(-1e300),
          JSON.numberNode(Double.POSITIVE_INFINITY),
          JSON.numberNode(Double.NaN),
          JSON.textNode(""),
          JSON.textNode("gelu"),
          JSON.textNode("c2p|p2c|\n"),
          JSON.textNode("\u0000\ud800\n\r\u2028" + "x".repeat(5_000)),
          JSON.arrayNode(),
          JSON.arrayNode().add("c2p").add(1).addNull(),
          JSON.objectNode(),
          JSON.objectNode().set("a", JSON.arrayNode().add(JSON.objectNode())));

  @TempDir Path directory;
  private int read;
  private int refused;

  /** Every key that a family reads, so that each is hit. */
  private static ObjectNode whole(Family family) {
    ObjectNode config = TinyEncoder.of(family).config().deepCopy();
    config.put("is_decoder", false).put("embedding_size", 16).put("classifier_dropout", 0.1);
    config.put("position_embedding_type", "absolute").put("pooler_dropout", 0.1);
    config.put("max_relative_positions", 12).put("pooler_hidden_size", 16);
    config.put("pooler_hidden_act", "gelu").put("conv_groups", 2).put("conv_act", "gelu");
    return config.put("cls_dropout", 0.1).put("attention_head_size", 8).put("talking_head", false);
  }

  /** Reads and declares; anything but success or one line of a UserError fails. */
  private void check(Supplier<Architecture> architecture, String what) {
    try {
      Architecture family = architecture.get();
      for (HeadSettings.Kind kind : HeadSettings.Kind.values()) {
        HeadSettings head = HeadSettings.defaults().orElse(kind, HeadSettings.Pooling.MEAN);
        Slots slots = new Lora(4, 8.0, List.of("query", "query_proj", "in_proj"), 0.0);
        SequenceClassifier declared = SequenceClassifier.declare(family, head, 3, slots);
        assertThat(declared.params().all()).allMatch(param -> param.size() > 0);
        assertThat(exact(declared.params().all())).isEqualTo(declared.params().count(p -> true));
      }
      assertThat(family.maxTokens()).isPositive();
      assertThat(family.padTokenId()).isBetween(0, family.vocabSize() - 1);
      read++;
    } catch (UserError error) {
      assertThat(error.kind()).isEqualTo(UserError.Kind.FILE);
      assertThat(error.getMessage()).as(what).hasSizeLessThan(500).doesNotContain("\n", "\r");
      refused++;
    } catch (RuntimeException error) {
      fail(what, error);
    }
  }

  /** The number of elements, in numbers that do not overflow. */
  private static long exact(Iterable<Param> params) {
    BigInteger sum = BigInteger.ZERO;
    for (Param param : params) {
      BigInteger product = BigInteger.ONE;
      for (long size : param.shape().getShape()) {
        product = product.multiply(BigInteger.valueOf(size));
      }
      sum = sum.add(product);
    }
    return sum.longValueExact();
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void every_key_with_every_value(Family family) {
    assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () -> {
          for (String key : keys(whole(family))) {
            for (JsonNode value : VALUES) {
              ObjectNode config = whole(family).set(key, value);
              check(() -> Architecture.read(config, "x"), key + " " + value);
            }
          }
        });
    assertThat(read).isGreaterThan(100);
    assertThat(refused).isGreaterThan(100);
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void keys_lost_swapped_and_changed_together(Family family) {
    SplitMix64 random = new SplitMix64(family.modelType().hashCode());
    for (int i = 0; i < MUTATIONS; i++) {
      ObjectNode config = whole(family);
      for (int change = random.nextInt(3); change >= 0; change--) {
        List<String> keys = keys(config);
        String key = keys.get(random.nextInt(keys.size()));
        switch (random.nextInt(3)) {
          case 0 -> config.remove(key);
          case 1 -> config.set(key, VALUES.get(random.nextInt(VALUES.size())));
          default -> config.set(key, config.get(keys.get(random.nextInt(keys.size()))));
        }
      }
      check(() -> Architecture.read(config, "x"), config.toString());
    }
    assertThat(read).isGreaterThan(10);
    assertThat(refused).isGreaterThan(10);
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void bytes_of_the_file_flipped_cut_and_doubled(Family family) throws IOException {
    SplitMix64 random = new SplitMix64(~family.modelType().hashCode());
    byte[] whole = whole(family).toPrettyString().getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < MUTATIONS; i++) {
      List<Byte> bytes = new ArrayList<>();
      for (byte b : whole) {
        bytes.add(b);
      }
      int at = random.nextInt(bytes.size());
      switch (random.nextInt(4)) {
        case 0 -> bytes.set(at, (byte) (bytes.get(at) ^ 1 << random.nextInt(8)));
        case 1 -> bytes.remove(at);
        case 2 -> bytes.subList(at, bytes.size()).clear();
        default -> bytes.addAll(at, List.copyOf(bytes.subList(at, bytes.size())));
      }
      byte[] changed = new byte[bytes.size()];
      for (int j = 0; j < changed.length; j++) {
        changed[j] = bytes.get(j);
      }
      Files.write(directory.resolve("config.json"), changed);
      ModelFiles files = new ModelFiles.Directory(directory);
      check(files::architecture, new String(changed, StandardCharsets.ISO_8859_1));
    }
    assertThat(read).isGreaterThan(10);
    assertThat(refused).isGreaterThan(10);
  }

  @Test
  void the_largest_sizes_that_are_read_do_not_overflow_together() {
    for (Family family : Family.values()) {
      ObjectNode config = whole(family);
      for (String key : List.of("vocab_size", "hidden_size", "intermediate_size")) {
        config.put(key, 10_000_000);
      }
      for (String key : List.of("max_position_embeddings", "type_vocab_size", "embedding_size")) {
        config.put(key, 10_000_000);
      }
      config.put("position_buckets", 10_000_000).put("pooler_hidden_size", 10_000_000);
      config.put("num_hidden_layers", 1000).put("conv_kernel_size", 999).put("conv_groups", 1);
      config.remove("attention_head_size");
      check(() -> Architecture.read(config, "x"), family.modelType());
    }
    assertThat(read).isEqualTo(Family.values().length);
  }

  private static List<String> keys(ObjectNode config) {
    List<String> keys = new ArrayList<>();
    config.fieldNames().forEachRemaining(keys::add);
    return keys;
  }
}
