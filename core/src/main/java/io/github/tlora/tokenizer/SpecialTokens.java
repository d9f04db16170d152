package io.github.tlora.tokenizer;

import static io.github.tlora.tokenizer.TokenizerConfig.ADDED;
import static io.github.tlora.tokenizer.TokenizerConfig.SETTINGS;
import static io.github.tlora.tokenizer.TokenizerConfig.SPECIALS;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * The special and added tokens of a checkpoint, read in transformers' order of precedence: with
 * added_tokens_decoder in tokenizer_config.json that file alone counts; without it
 * special_tokens_map.json goes over it and added_tokens.json is read too.
 */
final class SpecialTokens {
  /** In the order in which missing ones get their ids. */
  static final List<String> KEYS =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");

  /** A special token; one that is only a text does not change a token that is there already. */
  record Special(AddedToken token, boolean isText) {
    static Special text(String content) {
      return new Special(AddedToken.special(content), true);
    }
  }

  private final TokenizerConfig config;
  private final Family family;
  private final Map<Integer, AddedToken> added = new TreeMap<>();
  private final Map<String, Special> named = new LinkedHashMap<>();
  private final List<Special> further = new ArrayList<>();

  SpecialTokens(TokenizerConfig config, Family family) {
    this.config = config;
    this.family = family;
    readListed();
    KEYS.forEach(this::readNamed);
    readFurther();
    readOlderAdded();
  }

  /** Tokens with the ids that the files give them. */
  Map<Integer, AddedToken> added() {
    return added;
  }

  /** Every special token, in order; of named ones with the same text the first. */
  List<Special> all() {
    List<Special> all = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    KEYS.stream()
        .map(named::get)
        .filter(Objects::nonNull)
        .filter(special -> seen.add(special.token().content()))
        .forEach(all::add);
    further.stream().filter(t -> !seen.contains(t.token().content())).forEach(all::add);
    return all;
  }

  /**
   * The id that a special token has in a row.
   *
   * @throws io.github.tlora.UserError exit 3 when the vocabulary lacks it and nothing adds it
   */
  int id(String content, Map<String, Integer> vocabulary) {
    Integer id = vocabulary.get(content);
    Set<String> known = new HashSet<>(vocabulary.keySet());
    for (Map.Entry<Integer, AddedToken> entry : added.entrySet()) {
      known.add(entry.getValue().content());
      id = entry.getValue().content().equals(content) ? entry.getKey() : id;
    }
    for (Special special : all()) {
      boolean isNew = known.add(special.token().content());
      if (id == null && isNew && special.token().content().equals(content)) {
        id = known.size() - 1;
      }
    }
    if (id == null) {
      throw config
          .file(family.files().get(0))
          .fault("has no " + content + ", which every row needs. Use the model's own tokenizer");
    }
    return id;
  }

  /**
   * The text of a special token that a row cannot be without.
   *
   * @throws io.github.tlora.UserError exit 3 when a file takes it away
   */
  String required(String key) {
    Special special = named.get(key);
    if (special == null || special.token().content().isEmpty()) {
      throw config
          .file(!config.listsAddedTokens() && config.specials().has(key) ? SPECIALS : SETTINGS)
          .fault(
              key
                  + " is empty, but every model needs one. Set it, for example to "
                  + family.standard(key));
    }
    return special.token().content();
  }

  private void readListed() {
    JsonNode listed = config.settings().path("added_tokens_decoder");
    CheckpointFile file = config.file(SETTINGS);
    if (config.listsAddedTokens() && !listed.isObject()) {
      throw file.fault("added_tokens_decoder must be an object of ids and tokens");
    }
    listed
        .properties()
        .forEach(
            entry -> added.put(id(entry.getKey(), file), token(entry.getValue(), false, file)));
  }

  private static int id(String text, CheckpointFile file) {
    if (!text.matches("[0-9]{1,9}")) {
      throw file.fault("added_tokens_decoder: '" + text + "' is not an id. Ids are whole numbers");
    }
    return Integer.parseInt(text);
  }

  private void readNamed(String key) {
    JsonNode value = config.settings().get(key);
    boolean isMapped = !config.listsAddedTokens() && config.specials().has(key);
    if (isMapped) {
      value = config.specials().get(key);
    }
    if (value == null) {
      String standard = family.standard(key);
      if (standard != null) {
        named.put(key, dressed(key, Special.text(standard)));
      }
    } else if (!value.isNull()) {
      Special read = special(value, isMapped);
      named.put(key, dressed(key, asListed(read)));
    }
  }

  private Special dressed(String key, Special special) {
    return special.isText()
        ? family
            .dressed(key, special.token().content())
            .map(token -> new Special(token, false))
            .orElse(special)
        : special;
  }

  /** With the flags that added_tokens_decoder has for it. */
  private Special asListed(Special special) {
    Special found = special;
    for (AddedToken token : added.values()) {
      if (token.content().equals(special.token().content())) {
        found = new Special(token, false);
      }
    }
    return found;
  }

  private void readFurther() {
    String key = "additional_special_tokens";
    list(config.settings().path(key), key, SETTINGS)
        .forEach(token -> further.add(special(token, false)));
    if (!config.listsAddedTokens()) {
      list(config.specials().path(key), key, SPECIALS)
          .forEach(token -> further.add(special(token, true)));
    }
    list(config.settings().path("extra_special_tokens"), "extra_special_tokens", SETTINGS)
        .forEach(token -> further.add(special(token, false)));
  }

  private Iterable<JsonNode> list(JsonNode value, String key, String file) {
    if (!value.isContainerNode() && !value.isMissingNode() && !value.isNull()) {
      throw config.file(file).fault(key + " must be a list of tokens");
    }
    return value;
  }

  private void readOlderAdded() {
    if (config.listsAddedTokens()) {
      return;
    }
    Set<String> known = knownTexts();
    config
        .added()
        .properties()
        .forEach(
            entry -> {
              if (!entry.getValue().isInt() || entry.getValue().asInt() < 0) {
                throw config
                    .file(ADDED)
                    .fault("the id of '" + entry.getKey() + "' must be a whole number");
              }
              boolean special = known.contains(entry.getKey());
              added.put(
                  entry.getValue().asInt(),
                  new AddedToken(entry.getKey(), false, false, false, !special, special));
            });
  }

  /** The special tokens that the files name: as texts, or as anything in special_tokens_map. */
  private Set<String> knownTexts() {
    Set<String> known = new HashSet<>();
    for (String key : KEYS) {
      JsonNode mapped = config.specials().get(key);
      JsonNode value = mapped == null ? config.settings().path(key) : mapped;
      if (value.isTextual()) {
        known.add(value.asText());
      } else if (mapped != null && mapped.isObject()) {
        known.add(mapped.path("content").asText());
      }
    }
    config.settings().path("additional_special_tokens").forEach(t -> known.add(t.asText()));
    config
        .specials()
        .path("additional_special_tokens")
        .forEach(t -> known.add(t.path("content").asText(t.asText())));
    return known;
  }

  private Special special(JsonNode value, boolean isMapped) {
    CheckpointFile file = config.file(isMapped ? SPECIALS : SETTINGS);
    return value.isTextual()
        ? Special.text(value.asText())
        : new Special(token(value, isMapped, file), false);
  }

  private static AddedToken token(JsonNode value, boolean special, CheckpointFile file) {
    return AddedToken.read(value, special, file);
  }
}
