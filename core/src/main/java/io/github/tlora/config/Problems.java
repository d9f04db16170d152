package io.github.tlora.config;

import io.github.tlora.UserError;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** Everything found wrong, so that the user can mend it all at once. */
final class Problems {
  private record Problem(Origin origin, String text) {}

  private final List<Problem> found = new ArrayList<>();
  private boolean incomplete;

  /** A wrong setting. */
  void add(Origin origin, String text) {
    found.add(new Problem(origin, text));
  }

  /** Settings that could not be read at all. */
  void addUnread(Origin origin, String text) {
    add(origin, text);
    incomplete = true;
  }

  /**
   * Fails if some settings could not be read: judging the others would accuse good ones, as with
   * LoRA's {@code alpha} when the line that names the method is lost.
   */
  void throwIfIncomplete() {
    if (incomplete) {
      throwIfAny();
    }
  }

  /** Puts the problems into the order of {@code places}, then of their lines. */
  void sort(List<String> places) {
    Comparator<Problem> order =
        Comparator.comparingInt(problem -> places.indexOf(problem.origin().place()));
    found.sort(order.thenComparingInt(problem -> problem.origin().line()));
  }

  /** Fails with one line for each problem, if there are any. */
  void throwIfAny() {
    if (!found.isEmpty()) {
      throw UserError.usage(
          found.stream()
              .map(problem -> problem.origin() + ": " + problem.text())
              .distinct()
              .collect(Collectors.joining("\n")));
    }
  }
}
