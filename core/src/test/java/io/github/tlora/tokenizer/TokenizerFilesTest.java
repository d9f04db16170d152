package io.github.tlora.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.UserError;
import io.github.tlora.golden.TokenizerFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which files are used, whose special tokens count, and what is said when they do not do. */
class TokenizerFilesTest {
  private static final List<String> WORDS =
      List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "film");

  @TempDir Path directory;

  private void write(String name, String text) throws IOException {
    Files.writeString(directory.resolve(name), text);
  }

  private void vocabulary(List<String> words) throws IOException {
    write("vocab.txt", String.join("\n", words) + "\n");
  }

  private JsonNode made(String modelType) throws IOException {
    return new JsonMapper().readTree(TokenizerFiles.json(directory, modelType));
  }

  private AbstractThrowableAssert<?, ?> refused(String modelType) {
    return assertThatThrownBy(() -> TokenizerFiles.json(directory, modelType))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE));
  }

  private JsonNode added(JsonNode json, String content) {
    for (JsonNode token : json.path("added_tokens")) {
      if (token.path("content").asText().equals(content)) {
        return token;
      }
    }
    throw new AssertionError("no " + content + " in " + json.path("added_tokens"));
  }

  @Test
  void tokenizer_json_goes_before_all_and_stays_as_it_is() throws IOException {
    vocabulary(WORDS);
    String text = "{ \"version\": \"1.0\" }\n";
    write("tokenizer.json", text);
    assertThat(TokenizerFiles.json(directory, "bert")).isEqualTo(text);
  }

  @Test
  void the_model_type_tells_roberta_from_deberta() throws IOException {
    TokenizerFixture.named("roberta").copyTo(directory, false);
    Files.delete(directory.resolve("tokenizer_config.json"));
    assertThat(made("roberta").at("/post_processor/type").asText()).isEqualTo("RobertaProcessing");
    write(
        "vocab.json",
        Files.readString(directory.resolve("vocab.json"))
            .replace("<s>", "[CLS]")
            .replace("</s>", "[SEP]"));
    assertThat(made("deberta").at("/post_processor/type").asText()).isEqualTo("TemplateProcessing");
    refused("xlm-roberta")
        .hasMessage(
            directory.resolve("tokenizer_config.json")
                + ": has to name its tokenizer_class: the files vocab.json with merges.txt do not"
                + " tell. Known: RobertaTokenizer, DebertaTokenizer");
  }

  @Test
  void the_tokenizers_class_goes_before_the_model_type() throws IOException {
    vocabulary(WORDS);
    write("tokenizer_config.json", "{\"tokenizer_class\": \"BertTokenizerFast\"}");
    assertThat(made("roberta").at("/model/type").asText()).isEqualTo("WordPiece");
    write("tokenizer_config.json", "{\"tokenizer_class\": \"GPT2Tokenizer\"}");
    refused("bert")
        .hasMessageStartingWith(
            directory
                + ": has no tokenizer.json, and none can be made for tokenizer_class"
                + " 'GPT2Tokenizer'. Known: BertTokenizer, ElectraTokenizer");
  }

  @Test
  void without_files_the_message_names_those_that_would_do() throws IOException {
    refused("deberta-v2")
        .hasMessage(
            directory
                + ": has no tokenizer: neither tokenizer.json nor spm.model. Copy the files of one"
                + " of them from where the checkpoint came from");
    refused("other")
        .hasMessageContaining(
            "nor vocab.txt, vocab.json with merges.txt, spm.model, sentencepiece.bpe.model. ");
    write("vocab.json", "{}");
    refused("roberta").hasMessageContaining("nor vocab.json with merges.txt. ");
  }

  @Test
  void special_tokens_come_from_the_files_beside() throws IOException {
    vocabulary(WORDS);
    write("tokenizer_config.json", "{\"cls_token\": \"film\", \"mask_token\": \"[MASK]\"}");
    write(
        "special_tokens_map.json", "{\"mask_token\": {\"content\": \"[MASK]\", \"lstrip\": true}}");
    write("added_tokens.json", "{\"plot twist\": 6}");
    JsonNode json = made("bert");
    assertThat(json.at("/post_processor/special_tokens/film/ids/0").asInt()).isEqualTo(5);
    assertThat(added(json, "[MASK]").path("lstrip").asBoolean()).isTrue();
    assertThat(added(json, "plot twist").path("id").asInt()).isEqualTo(6);
    assertThat(added(json, "plot twist").path("special").asBoolean()).isFalse();
  }

  @Test
  void with_added_tokens_decoder_the_older_files_do_not_count() throws IOException {
    vocabulary(WORDS);
    write(
        "tokenizer_config.json",
        "{\"added_tokens_decoder\": {\"6\": {\"content\": \"<new>\", \"special\": true}}}");
    write("special_tokens_map.json", "{\"cls_token\": \"film\"}");
    write("added_tokens.json", "{\"ignored\": 7}");
    JsonNode json = made("bert");
    assertThat(json.at("/post_processor/special_tokens").has("[CLS]")).isTrue();
    assertThat(json.path("added_tokens").findValuesAsText("content"))
        .containsExactly("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "<new>");
  }

  @Test
  void a_special_token_that_the_vocabulary_lacks_is_added_after_it() throws IOException {
    vocabulary(List.of("[UNK]", "[CLS]", "film"));
    JsonNode json = made("bert");
    assertThat(json.at("/post_processor/special_tokens/[SEP]/ids/0").asInt()).isEqualTo(3);
    assertThat(added(json, "[SEP]").path("id").asInt()).isEqualTo(3);
    assertThat(added(json, "[MASK]").path("id").asInt()).isEqualTo(5);
  }

  @Test
  void a_needed_token_that_is_missing_is_told() throws IOException {
    vocabulary(List.of("[CLS]", "[SEP]", "film"));
    refused("bert")
        .hasMessageStartingWith(
            directory.resolve("vocab.txt") + ": has no line [UNK] (unk_token), which stands for");
    vocabulary(WORDS);
    for (String key : List.of("cls_token", "sep_token", "pad_token", "unk_token")) {
      write("tokenizer_config.json", "{\"" + key + "\": null}");
      refused("bert")
          .hasMessageStartingWith(
              directory.resolve("tokenizer_config.json")
                  + ": "
                  + key
                  + " is empty, but every model needs one. Set it, for example to [");
    }
  }

  @Test
  void a_wrong_setting_is_told() throws IOException {
    vocabulary(WORDS);
    write("tokenizer_config.json", "{\"do_lower_case\": \"yes\"}");
    refused("bert").hasMessageEndingWith("do_lower_case must be true or false, got \"yes\"");
    write("tokenizer_config.json", "{\"cls_token\": 3}");
    refused("bert")
        .hasMessageEndingWith(": a token must be a text or an object with content, got 3");
    write("tokenizer_config.json", "{\"do_lower_case\": true");
    refused("bert").hasMessageContaining("tokenizer_config.json: not JSON (line 1). Copy");
  }

  @Test
  void files_of_two_checkpoints_are_told() throws IOException {
    write("vocab.json", "{\"<s>\": 0, \"</s>\": 1, \"a\": 2}");
    write("merges.txt", "#version: 0.2\na b\n");
    refused("roberta")
        .hasMessage(
            directory.resolve("merges.txt")
                + ": line 2: 'b' is not in vocab.json. Use the two files of one checkpoint");
  }

  @Test
  void a_sentencepiece_model_of_another_type_is_told() throws IOException {
    byte[] word = {10, 6, 10, 4, '<', 'u', 'n', 'k', 18, 2, 24, 3}; // trainer_spec.model_type: WORD
    Files.write(directory.resolve("spm.model"), word);
    refused("deberta-v2")
        .hasMessage(
            directory.resolve("spm.model")
                + ": its model_type 3 is not supported. Supported: 1 (unigram), 2 (bpe)");
    Files.write(directory.resolve("spm.model"), new byte[] {10, 127, 0});
    refused("deberta-v2").hasMessageContaining(": is not a SentencePiece model, or damaged. Copy");
  }
}
