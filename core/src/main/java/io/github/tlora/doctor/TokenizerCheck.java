package io.github.tlora.doctor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.Quantity;
import io.github.tlora.UserError;
import io.github.tlora.data.Example;
import io.github.tlora.data.Tokenizer;
import io.github.tlora.model.Architecture;
import io.github.tlora.model.ModelFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** Whether a checkpoint's tokenizer is there and speaks of the ids that its encoder knows. */
final class TokenizerCheck {
  static final String ID = "tokenizer";

  private static final String SAMPLE = "a warm, generous comedy";

  private static final int LONGEST = 32;

  private static final List<String> OLD_FILES =
      List.of("vocab.txt", "vocab.json", "merges.txt", "spm.model", "sentencepiece.bpe.model");

  private final ModelFiles files;
  private final Architecture architecture;
  private final JsonNode tokenizer;
  private final long[] ids;

  private TokenizerCheck(ModelFiles files, Architecture architecture) {
    this.files = files;
    this.architecture = architecture;
    String text = files.tokenizerJson();
    boolean hasTypes = architecture.typeVocabSize() > 1;
    int longest = Math.min(LONGEST, architecture.maxTokens());
    try (Tokenizer opened =
        new Tokenizer(files.id() + ": tokenizer.json", text, longest, hasTypes)) {
      ids = opened.encode(Example.of(SAMPLE)).ids();
      tokenizer = new JsonMapper().readTree(text);
    } catch (JsonProcessingException e) {
      throw new UserError(UserError.Kind.FILE, files.id() + ": tokenizer.json: not JSON", e);
    }
  }

  /**
   * Checks the tokenizer of {@code files}.
   *
   * @throws UserError exit 3 when it is missing or damaged
   */
  static Check of(ModelFiles files, Architecture architecture) {
    return new TokenizerCheck(files, architecture).check();
  }

  private Check check() {
    long size = largestId() + 1;
    String found =
        origin()
            + ": "
            + Quantity.number(size)
            + " ids, the encoder's vocabulary has "
            + Quantity.number(architecture.vocabSize())
            + "; '"
            + SAMPLE
            + "' is "
            + Arrays.toString(ids);
    if (ids.length == 0) {
      return Check.missing(ID, found, "Use the model's own tokenizer: this one finds no tokens");
    }
    if (Arrays.stream(ids).anyMatch(id -> id >= architecture.vocabSize())) {
      return Check.missing(ID, found, "Use the model's own tokenizer: the encoder has no such ids");
    }
    List<String> doubts = doubts(size);
    return doubts.isEmpty()
        ? Check.ok(ID, found)
        : Check.warning(
            ID,
            found + "; " + String.join("; ", doubts),
            "See whether tokenizer and config.json belong together: rows with ids that the encoder"
                + " does not have are refused");
  }

  private String origin() {
    if (!(files instanceof ModelFiles.Directory directory)) {
      return "bundled";
    }
    Path path = directory.path();
    return Files.isRegularFile(path.resolve("tokenizer.json"))
        ? "tokenizer.json"
        : "made from "
            + String.join(
                ", ", OLD_FILES.stream().filter(file -> Files.exists(path.resolve(file))).toList());
  }

  private List<String> doubts(long size) {
    List<String> doubts = new ArrayList<>();
    int vocabulary = architecture.vocabSize();
    if (size > vocabulary) {
      doubts.add((size - vocabulary) + " ids are beyond the encoder's vocabulary");
    } else if (size < vocabulary / 2) {
      doubts.add("less than half of the encoder's vocabulary is used");
    }
    padding()
        .ifPresent(id -> differs("padding", id, "pad_token_id", architecture.padTokenId(), doubts));
    configured("cls_token_id", "bos_token_id")
        .ifPresent(id -> differs("the first token", ids[0], "cls or bos_token_id", id, doubts));
    configured("sep_token_id", "eos_token_id")
        .ifPresent(
            id ->
                differs("the last token", ids[ids.length - 1], "sep or eos_token_id", id, doubts));
    return doubts;
  }

  private static void differs(String what, long id, String key, int expected, List<String> doubts) {
    if (id != expected) {
      doubts.add(what + " has the id " + id + ", " + key + " of config.json is " + expected);
    }
  }

  private OptionalInt configured(String key, String otherKey) {
    JsonNode config = files.config();
    return Stream.of(key, otherKey)
        .map(config::path)
        .filter(JsonNode::isInt)
        .mapToInt(JsonNode::intValue)
        .findFirst();
  }

  private long largestId() {
    JsonNode vocabulary = tokenizer.path("model").path("vocab");
    long largest = vocabulary.isArray() ? vocabulary.size() - 1 : -1; // Unigram: ids are places
    if (vocabulary.isObject()) {
      for (JsonNode id : vocabulary) {
        largest = Math.max(largest, id.asLong());
      }
    }
    for (JsonNode added : tokenizer.path("added_tokens")) {
      largest = Math.max(largest, added.path("id").asLong());
    }
    return largest;
  }

  private OptionalInt padding() {
    for (JsonNode added : tokenizer.path("added_tokens")) {
      String content = added.path("content").asText();
      if (content.equals("[PAD]") || content.equals("<pad>")) {
        return OptionalInt.of(added.path("id").asInt());
      }
    }
    return OptionalInt.empty();
  }
}
