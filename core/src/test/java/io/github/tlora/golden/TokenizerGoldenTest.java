package io.github.tlora.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tlora.data.Example;
import io.github.tlora.data.Tokenizer;
import io.github.tlora.model.ModelFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Token ids and segments, whole and cut, against transformers' fast tokenizers: once through
 * tokenizer.json, once through what is made of the older files alone. {@code -Dtlora.golden=DIR}
 * adds the fixtures in DIR/tokenizers.
 */
class TokenizerGoldenTest {
  private static final int WHOLE = 1_000_000;

  @TempDir Path temp;

  @TestFactory
  Stream<DynamicTest> equals_transformers() {
    return TokenizerFixture.all().stream()
        .flatMap(
            fixture ->
                Stream.of(true, false)
                    .map(
                        whole ->
                            dynamicTest(
                                fixture.name() + (whole ? " tokenizer.json" : " older files"),
                                () -> check(fixture, whole))));
  }

  private void check(TokenizerFixture fixture, boolean withTokenizerJson) throws IOException {
    Path directory =
        temp.resolve(fixture.path().toString().replaceAll("\\W", "_") + withTokenizerJson);
    fixture.copyTo(directory, withTokenizerJson);
    String json = new ModelFiles.Directory(directory).tokenizerJson();
    JsonNode golden = fixture.golden();
    assertThat(golden.path("cases")).hasSizeGreaterThan(20);
    try (Tokenizer whole = new Tokenizer(json, WHOLE, true);
        Tokenizer cut = new Tokenizer(json, golden.path("max_length").asInt(), true)) {
      for (JsonNode row : golden.path("cases")) {
        Example example = new Example(row.path("a").asText(), row.path("b").textValue(), -1);
        Tokenizer.Tokens tokens = whole.encode(example);
        assertThat(tokens.ids()).as("%s", row).isEqualTo(longs(row.path("ids")));
        assertThat(tokens.typeIds()).as("%s", row).isEqualTo(longs(row.path("type_ids")));
        assertThat(cut.encode(example).ids()).as("%s", row).isEqualTo(longs(row.path("truncated")));
      }
    }
  }

  private static long[] longs(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).mapToLong(JsonNode::asLong).toArray();
  }

  @Test
  void every_family_has_a_fixture() {
    assertThat(TokenizerFixture.all().stream().map(TokenizerFixture::modelType))
        .contains("bert", "roberta", "deberta", "deberta-v2", "xlm-roberta");
  }
}
