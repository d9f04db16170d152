package io.github.tlora.tokenizer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The tokens beside a vocabulary, with the ids that transformers' fast tokenizers give them. */
final class AddedVocabulary {
  private final Map<String, Integer> vocabulary;
  private final int size;
  private final Map<String, Integer> ids = new HashMap<>();
  private final Map<Integer, AddedToken> tokens = new TreeMap<>();
  private int highest = -1;

  /**
   * Without tokens yet.
   *
   * @param size entries of the vocabulary, those with the same text counted
   */
  AddedVocabulary(Map<String, Integer> vocabulary, int size) {
    this.vocabulary = vocabulary;
    this.size = size;
  }

  /** Adds a token, under the id that its text has already or the next free one. */
  void add(AddedToken token) {
    if (!token.content().isEmpty()) {
      Integer known = ids.getOrDefault(token.content(), vocabulary.get(token.content()));
      int id = known == null ? Math.max(highest + 1, size) : known;
      highest = Math.max(highest, id);
      ids.put(token.content(), id);
      tokens.merge(id, token, AddedVocabulary::renewed);
    }
  }

  /**
   * A token that is added again takes the new flags, but is still looked for where it was: its
   * first special form decides, and a plain one before that stays too.
   */
  private static AddedToken renewed(AddedToken before, AddedToken now) {
    boolean normalized = before.normalized() && (before.special() || now.normalized());
    return new AddedToken(
        now.content(), now.singleWord(), now.lstrip(), now.rstrip(), normalized, now.special());
  }

  /** Adds the checkpoint's tokens: first those with ids, then the special ones. */
  void addAll(SpecialTokens specials) {
    Set<String> special = new HashSet<>();
    specials.all().forEach(token -> special.add(token.token().content()));
    Set<String> there = new HashSet<>(ids.keySet());
    for (AddedToken token : specials.added().values()) {
      add(special.contains(token.content()) ? token.asSpecial() : token);
      there.add(token.content());
    }
    for (SpecialTokens.Special token : specials.all()) {
      if (!token.isText() || !there.contains(token.token().content())) {
        add(token.token().asSpecial());
      }
    }
  }

  /** Writes the tokens in the order of their ids. */
  void write(ArrayNode list) {
    tokens.forEach((id, token) -> token.write(id, list.addObject()));
  }
}
