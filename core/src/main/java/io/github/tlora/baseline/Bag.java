package io.github.tlora.baseline;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.tribuo.Feature;
import org.tribuo.data.text.TextPipeline;
import org.tribuo.data.text.impl.TokenPipeline;
import org.tribuo.util.tokens.impl.BreakIteratorTokenizer;

/**
 * The words and the pairs of neighbouring words of a row, counted.
 *
 * <p>Of two texts, an n-gram is marked by where it stands: in the first, in the second, or in both;
 * and the shares of n-grams that both have are added, because what a task asks of two texts depends
 * on what they have in common, which no sum over n-grams can tell.
 */
final class Bag {
  /** Begins the names of features that are shares already, not counts. */
  static final String SHARE = "share ";

  /** Tribuo refuses a row without any feature, such as an empty text or one of new words alone. */
  private static final Feature ROW = new Feature(SHARE + "of the row", 1);

  private static final String FIRST = "first ";
  private static final String SECOND = "second ";
  private static final String BOTH = "both ";
  private static final int LONGEST = 2;

  private final TextPipeline pipeline =
      new TokenPipeline(new BreakIteratorTokenizer(Locale.ROOT), LONGEST, true);

  /** The features of one text, or of two. */
  List<Feature> of(String text, String pair) {
    List<Feature> features = new ArrayList<>();
    features.add(ROW);
    Map<String, Double> first = counts(text);
    if (pair == null) {
      first.forEach((name, count) -> features.add(new Feature(name, count)));
      return features;
    }
    Map<String, Double> second = counts(pair);
    first.forEach(
        (name, count) ->
            features.add(new Feature((second.containsKey(name) ? BOTH : FIRST) + name, count)));
    second.forEach(
        (name, count) -> {
          if (!first.containsKey(name)) {
            features.add(new Feature(SECOND + name, count));
          }
        });
    features.addAll(shares(first.keySet(), second.keySet()));
    return features;
  }

  /** How much of each text stands in the other, words and pairs of words apart. */
  private static List<Feature> shares(Set<String> first, Set<String> second) {
    List<Feature> shares = new ArrayList<>();
    for (int n = 1; n <= LONGEST; n++) {
      Set<String> inFirst = ofLength(n, first);
      Set<String> inSecond = ofLength(n, second);
      double both = inFirst.stream().filter(inSecond::contains).count();
      double all = inFirst.size() + inSecond.size() - both;
      add(shares, n + "-grams of all", both, all);
      add(shares, n + "-grams of the first", both, inFirst.size());
      add(shares, n + "-grams of the second", both, inSecond.size());
    }
    return shares;
  }

  private static void add(List<Feature> shares, String name, double part, double whole) {
    if (part > 0) {
      shares.add(new Feature(SHARE + name, part / whole));
    }
  }

  /** Tribuo calls them 1-N=word and 2-N=word/word. */
  private static Set<String> ofLength(int n, Set<String> names) {
    Set<String> found = new TreeSet<>();
    for (String name : names) {
      if (name.startsWith(n + "-N=")) {
        found.add(name);
      }
    }
    return found;
  }

  private Map<String, Double> counts(String text) {
    Map<String, Double> counts = new TreeMap<>();
    for (Feature feature : pipeline.process("", text.toLowerCase(Locale.ROOT))) {
      counts.merge(feature.getName(), feature.getValue(), Double::sum);
    }
    return counts;
  }
}
