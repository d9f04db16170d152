package io.github.tlora.tensor;

import static io.github.tlora.tensor.RawSafetensors.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Damaged safetensors files are refused in one line; nothing else is ever thrown. */
class SafetensorsDamageTest {
  @TempDir Path dir;

  private static final byte[] EIGHT = new byte[8];

  private static Arguments damage(String what, byte[] file, String message) {
    return Arguments.of(what, file, message);
  }

  /** A file with eight bytes of data and a header of these entries. */
  private static byte[] of(String... entries) {
    return RawSafetensors.bytes("{" + String.join(",", entries) + "}", EIGHT);
  }

  private static byte[] shaped(String shape) {
    return of(entry("a", "F32", shape, 0, 8));
  }

  private static byte[] offsets(String offsets) {
    return of("\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":" + offsets + "}");
  }

  static Stream<Arguments> damages() {
    byte[] whole = shaped("[2]");
    byte[] header = "{}".getBytes(StandardCharsets.UTF_8);
    String notAHeader = "its header is not a safetensors header";
    String lacks = "tensor 'a' lacks dtype, shape or data_offsets";
    String outside = "tensor 'a' lies outside of the file";
    return Stream.of(
        damage("an empty file", new byte[0], "it has 0 bytes, fewer than the 8 of a header length"),
        damage("half a length", new byte[7], "it has 7 bytes, fewer than the 8 of a header length"),
        damage(
            "a header beyond the file",
            RawSafetensors.bytes(3, header),
            "its header length 3 does not fit a file of 10 bytes"),
        damage(
            "a negative length",
            RawSafetensors.bytes(-1, header),
            "its header length -1 does not fit a file of 10 bytes"),
        damage(
            "a huge length",
            RawSafetensors.bytes(Long.MAX_VALUE, header),
            "its header length 9223372036854775807 does not fit a file of 10 bytes"),
        damage(
            "no header",
            RawSafetensors.bytes(0, header),
            "its header length 0 does not fit a file of 10 bytes"),
        damage("text that is not JSON", RawSafetensors.bytes("<html>"), notAHeader),
        damage("half a header", RawSafetensors.bytes("{\"a\":{"), notAHeader),
        damage("an array", RawSafetensors.bytes("[1]"), "its header is not a JSON object"),
        damage("a null", RawSafetensors.bytes("null"), "its header is not a JSON object"),
        damage("only spaces", RawSafetensors.bytes("   "), "its header is not a JSON object"),
        damage("deep nesting", RawSafetensors.bytes("{\"a\":" + "[".repeat(50_000)), notAHeader),
        damage(
            "duplicate tensors",
            of(entry("a", "F32", "[2]", 0, 8), entry("a", "F32", "[2]", 0, 8)),
            notAHeader),
        damage(
            "duplicate keys in a tensor",
            of("\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}"),
            notAHeader),
        damage("NaN in a shape", shaped("[NaN]"), notAHeader),
        damage("text that is not UTF-8", notUtf8(), notAHeader),
        damage("a tensor that is a number", of("\"a\":3"), lacks),
        damage("a tensor that is null", of("\"a\":null"), lacks),
        damage("a shape that is a number", shaped("2"), lacks),
        damage("no shape", of("\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}"), lacks),
        damage("no offsets", of("\"a\":{\"dtype\":\"F32\",\"shape\":[2]}"), lacks),
        damage("one offset", offsets("[8]"), lacks),
        damage("three offsets", offsets("[0,8,8]"), lacks),
        damage("offsets that are words", offsets("[\"begin\",\"end\"]"), outside),
        damage("offsets that are null", offsets("[null,null]"), outside),
        damage("a negative offset", offsets("[-8,0]"), outside),
        damage("offsets in reverse", offsets("[8,0]"), outside),
        damage("offsets beyond the file", offsets("[0,16]"), outside),
        damage("offsets beyond a long", offsets("[0,9223372036854775808]"), outside),
        damage(
            "no type",
            of("\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}"),
            "tensor 'a' has the unknown type ''"),
        damage(
            "an unknown type",
            of(entry("a", "F12", "[2]", 0, 8)),
            "tensor 'a' has the unknown type 'F12'"),
        damage(
            "a type that is a number",
            of("\"a\":{\"dtype\":32,\"shape\":[2],\"data_offsets\":[0,8]}"),
            "tensor 'a' has the unknown type '32'"),
        damage("a negative dimension", shaped("[-2]"), "tensor 'a' has the dimension -2"),
        damage("two negative ones", shaped("[-2,-1]"), "tensor 'a' has the dimension -2"),
        damage(
            "a dimension that is a text", shaped("[\"2\"]"), "tensor 'a' has the dimension \"2\""),
        damage("a dimension that is null", shaped("[null]"), "tensor 'a' has the dimension null"),
        damage("a dimension that is true", shaped("[true]"), "tensor 'a' has the dimension true"),
        damage(
            "a dimension beyond a long",
            shaped("[9223372036854775808]"),
            "tensor 'a' has the dimension 9223372036854775808"),
        damage(
            "dimensions whose product overflows",
            shaped("[4294967296,4294967296]"),
            "tensor 'a' is larger than any file"),
        damage(
            "elements whose bytes overflow",
            shaped("[4611686018427387906]"),
            "tensor 'a' has 8 bytes, not those of its shape"),
        damage(
            "a shape that is too small",
            shaped("[1]"),
            "tensor 'a' has 8 bytes, not those of its shape"),
        damage(
            "a type that is too narrow",
            of(entry("a", "F16", "[2]", 0, 8)),
            "tensor 'a' has 8 bytes, not those of its shape"),
        damage(
            "a gap at the start",
            of(entry("a", "F32", "[1]", 4, 8)),
            "there is a gap or an overlap before tensor 'a'"),
        damage(
            "a gap in the middle",
            of(entry("a", "U8", "[3]", 0, 3), entry("b", "F32", "[1]", 4, 8)),
            "there is a gap or an overlap before tensor 'b'"),
        damage(
            "an overlap",
            of(entry("a", "F32", "[2]", 0, 8), entry("b", "F32", "[1]", 4, 8)),
            "there is a gap or an overlap before tensor 'b'"),
        damage(
            "two tensors in one place",
            of(entry("a", "F32", "[2]", 0, 8), entry("b", "F32", "[2]", 0, 8)),
            "there is a gap or an overlap before tensor 'b'"),
        damage(
            "an empty tensor inside another",
            of(entry("a", "F32", "[2]", 0, 8), entry("b", "F32", "[0]", 4, 4)),
            "there is a gap or an overlap before tensor 'b'"),
        damage(
            "bytes that belong to no tensor",
            of(entry("a", "F32", "[1]", 0, 4)),
            "4 bytes at its end belong to no tensor"),
        damage("data of no tensor", of(), "8 bytes at its end belong to no tensor"),
        damage("a file cut short", Arrays.copyOf(whole, whole.length - 1), outside));
  }

  private static byte[] notUtf8() {
    byte[] file = shaped("[2]");
    file[8 + 2] = (byte) 0xFF; // the tensor's name
    return file;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("damages")
  void damage_is_told_in_one_line(String what, byte[] file, String message) {
    Path path = RawSafetensors.write(dir.resolve("x.safetensors"), file);
    assertThatThrownBy(() -> new SafetensorsReader(path).close())
        .as(what)
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessage(
            path + ": not a usable safetensors file: " + message + ". Fetch or write it again");
  }

  private static final String HEADER =
      "{\"__metadata__\":{\"format\":\"pt\"},"
          + entry("x.weight", "F32", "[2,3]", 0, 24)
          + ","
          + entry("x.bias", "F16", "[2]", 24, 28)
          + ","
          + entry("ids", "I64", "[1]", 28, 36)
          + "}";

  @Test
  void the_header_that_is_mutated_below_is_a_good_one() {
    Path path = dir.resolve("good.safetensors");
    RawSafetensors.write(path, RawSafetensors.bytes(HEADER, new byte[36]));
    assertThat(isRefused(path)).isFalse();
  }

  @Test
  void a_thousand_mutated_files_are_read_or_refused() {
    SplitMix64 random = new SplitMix64(20);
    int refused = 0;
    for (int i = 0; i < 1_000; i++) {
      byte[] file = mutated(RawSafetensors.bytes(HEADER, new byte[36]), random);
      // A new name each time: on some systems a mapped file cannot be written over.
      if (isRefused(RawSafetensors.write(dir.resolve(i + ".safetensors"), file))) {
        refused++;
      }
    }
    // Most mutations break it; some only rename a tensor or change a metadata value.
    assertThat(refused).isBetween(700, 999);
  }

  /** Flips, replaces, drops or doubles one to three bytes of the file but its data. */
  private static byte[] mutated(byte[] file, SplitMix64 random) {
    byte[] mutant = file;
    int times = 1 + random.nextInt(3);
    for (int i = 0; i < times; i++) {
      int at = random.nextInt(mutant.length - 36);
      // The length is only eight of some 200 bytes: give it a larger share.
      at = random.nextInt(10) == 0 ? random.nextInt(8) : at;
      switch (random.nextInt(4)) {
        case 0 -> mutant[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> mutant[at] = (byte) "0123456789-.eE,:\"{}[] tnN".charAt(random.nextInt(25));
        case 2 -> mutant = spliced(mutant, at, at + 1);
        default -> mutant = spliced(mutant, at + 1, at);
      }
    }
    return mutant;
  }

  /** The bytes before {@code head} and those from {@code tail} on. */
  private static byte[] spliced(byte[] bytes, int head, int tail) {
    byte[] result = Arrays.copyOf(bytes, head + bytes.length - tail);
    System.arraycopy(bytes, tail, result, head, bytes.length - tail);
    return result;
  }

  /** Whether the file is refused as it should be; anything else thrown fails the test. */
  private static boolean isRefused(Path path) {
    try (SafetensorsReader reader = new SafetensorsReader(path)) {
      for (String name : reader.names()) {
        long elements = 1;
        for (long dimension : reader.shape(name)) {
          elements *= dimension;
        }
        if (reader.storedType(name).equals("I64")) {
          assertThat(reader.longs(name)).hasSize((int) elements);
        } else {
          assertThat(reader.floats(name).remaining()).isEqualTo((int) (4 * elements));
        }
      }
      return false;
    } catch (UserError e) {
      assertThat(e.kind()).isEqualTo(UserError.Kind.FILE);
      assertThat(e).hasMessageStartingWith(path + ": ").hasMessageNotContaining("Exception");
      assertThat(e.getMessage()).doesNotContain("\n");
      return true;
    }
  }
}
