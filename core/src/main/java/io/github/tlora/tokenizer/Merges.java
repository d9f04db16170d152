package io.github.tlora.tokenizer;

import io.github.tlora.tokenizer.SentencePieceModel.Piece;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The merges of a SentencePiece BPE model. The file has only the pieces, and a piece's score tells
 * when it was made; every way to put it together from two other pieces is a merge.
 */
final class Merges {
  /** Two pieces that become one. */
  record Merge(String left, String right, float score) {
    private int leftLength() {
      return left.codePointCount(0, left.length());
    }

    private int rightLength() {
      return right.codePointCount(0, right.length());
    }
  }

  private Merges() {}

  /** The merges of {@code pieces}, those made first in front; {@code ids} are the file's own. */
  static List<Merge> of(List<Piece> pieces, Map<String, Integer> ids) {
    Map<String, Float> scores = new LinkedHashMap<>();
    pieces.forEach(piece -> scores.put(piece.text(), piece.score()));
    BitSet lengths = new BitSet();
    ids.keySet().forEach(text -> lengths.set(text.length()));
    List<Merge> merges = new ArrayList<>();
    scores.forEach((text, score) -> merges.addAll(splits(text, score, ids, lengths)));
    // Stable, and so are Python's sorts, which keep the order of equals even when reversed.
    merges.sort(
        Comparator.comparing(Merge::score)
            .thenComparing(Merge::leftLength)
            .thenComparing(Merge::rightLength)
            .reversed());
    return merges;
  }

  private static List<Merge> splits(
      String text, float score, Map<String, Integer> ids, BitSet lengths) {
    List<Merge> splits = new ArrayList<>();
    // Only at lengths that pieces have: a damaged file may have one endless piece.
    for (int at = lengths.nextSetBit(1); at > 0; at = lengths.nextSetBit(at + 1)) {
      if (at < text.length() && lengths.get(text.length() - at)) {
        Merge merge = new Merge(text.substring(0, at), text.substring(at), score);
        if (ids.containsKey(merge.left()) && ids.containsKey(merge.right())) {
          splits.add(merge);
        }
      }
    }
    splits.sort(
        Comparator.comparing((Merge merge) -> ids.get(merge.left()))
            .thenComparing(merge -> ids.get(merge.right())));
    return splits;
  }
}
