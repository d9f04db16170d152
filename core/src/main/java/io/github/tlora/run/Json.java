package io.github.tlora.run;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.KeyDeserializer;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import io.github.tlora.Setting;
import io.github.tlora.UserError;
import io.github.tlora.metric.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How results are written: records as objects, components in snake_case, metrics by their keys. */
public final class Json {
  private static final JsonMapper LINES =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .addModule(
              new SimpleModule()
                  .addSerializer(new Word())
                  .addKeySerializer(
                      Metric.class,
                      new JsonSerializer<Metric>() {
                        @Override
                        public void serialize(
                            Metric value, JsonGenerator json, SerializerProvider provider)
                            throws IOException {
                          json.writeFieldName(value.key());
                        }
                      })
                  .addKeyDeserializer(
                      Metric.class,
                      new KeyDeserializer() {
                        @Override
                        public Object deserializeKey(String key, DeserializationContext context) {
                          return Metric.named(key);
                        }
                      }))
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  /** A constant is written as in configurations: {@code by-name}. */
  @SuppressWarnings("rawtypes") // Jackson asks for the raw type of every enum
  private static final class Word extends StdSerializer<Enum> {
    private static final long serialVersionUID = 1;

    Word() {
      super(Enum.class);
    }

    @Override
    public void serialize(Enum value, JsonGenerator json, SerializerProvider provider)
        throws IOException {
      json.writeString(Setting.word((Enum<?>) value));
    }
  }

  private static final JsonMapper PRETTY =
      LINES.rebuild().enable(SerializationFeature.INDENT_OUTPUT).build();

  private Json() {}

  /** One line. */
  public static String line(Object record) {
    return write(LINES, record);
  }

  /** Indented, for files and people. */
  public static String pretty(Object record) {
    return write(PRETTY, record);
  }

  /**
   * The record that a file of ours holds.
   *
   * @throws UserError exit 3 when there is no such file, or it holds something else
   */
  static <T> T read(Path file, Class<T> type) {
    try {
      return LINES.readValue(Files.readString(file), type);
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new UserError(UserError.Kind.FILE, file + ": is damaged", e);
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, file + ": no such file", e);
    }
  }

  /** The record that a text of ours holds. */
  static <T> T parse(String text, Class<T> type) throws JsonProcessingException {
    return LINES.readValue(text, type);
  }

  private static String write(JsonMapper mapper, Object record) {
    try {
      return mapper.writeValueAsString(record);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e); // our own records are always writable
    }
  }
}
