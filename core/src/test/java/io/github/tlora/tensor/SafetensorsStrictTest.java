package io.github.tlora.tensor;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Headers whose values have the wrong type, or that have more after their end. */
class SafetensorsStrictTest {
  private static final String GOOD =
      "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";

  @TempDir Path dir;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2.5],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0.5,8.9]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[\"0\",\"8\"]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[false,8]}}",
        "{" + GOOD + "}garbage",
        "{" + GOOD + "}{\"b\":1}",
        "{\"__metadata__\":\"text\"," + GOOD + "}",
        "{\"__metadata__\":[1]," + GOOD + "}",
        "{\"__metadata__\":{\"k\":{\"x\":1}}," + GOOD + "}",
        "{\"__metadata__\":{\"n\":3}," + GOOD + "}"
      })
  void a_header_of_other_types_is_refused(String header) {
    Path path = RawSafetensors.write(dir.resolve("x"), RawSafetensors.bytes(header, new byte[8]));
    assertThatThrownBy(() -> new SafetensorsReader(path).close()).isInstanceOf(UserError.class);
  }
}
