package io.github.tlora;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Finds the known word that a mistyped one probably stands for. */
public final class Suggestion {
  private Suggestion() {}

  /**
   * The known word nearest to {@code word}, if it is near enough to be meant.
   *
   * <p>Case and the difference between {@code -} and {@code _} do not count. Of equally near words
   * the first is taken; with none near, a single word that begins like {@code word}.
   */
  public static Optional<String> of(String word, Collection<String> known) {
    String typed = plain(word);
    // A third of the letters may be wrong: the bound that rustc and cargo use.
    int limit = Math.max(typed.length(), 3) / 3;
    return known.stream()
        .filter(candidate -> distance(typed, plain(candidate)) <= limit)
        .min(Comparator.comparingInt(candidate -> distance(typed, plain(candidate))))
        .or(() -> onlyOneThatBegins(typed, known));
  }

  private static Optional<String> onlyOneThatBegins(String start, Collection<String> known) {
    List<String> found =
        known.stream().filter(candidate -> plain(candidate).startsWith(start)).toList();
    return start.length() >= 3 && found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
  }

  private static String plain(String word) {
    return word.toLowerCase(Locale.ROOT).replace('-', '_');
  }

  /** Letters to insert, drop, replace or swap with their neighbour (optimal string alignment). */
  private static int distance(String a, String b) {
    int[][] cost = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        cost[i][j] = i == 0 || j == 0 ? i + j : cheapest(cost, a, b, i, j);
      }
    }
    return cost[a.length()][b.length()];
  }

  private static int cheapest(int[][] cost, String a, String b, int i, int j) {
    boolean same = a.charAt(i - 1) == b.charAt(j - 1);
    int least = Math.min(cost[i - 1][j], cost[i][j - 1]) + 1;
    least = Math.min(least, cost[i - 1][j - 1] + (same ? 0 : 1));
    boolean swapped =
        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
    return swapped ? Math.min(least, cost[i - 2][j - 2] + 1) : least;
  }
}
