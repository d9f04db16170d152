package io.github.tlora.cli;

import io.github.tlora.Quantity;
import io.github.tlora.hub.Fetched;
import io.github.tlora.run.GetRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What {@code tlora get} says to people. */
final class GetText {
  private GetText() {}

  static String of(List<Fetched> fetched) {
    return String.join(System.lineSeparator(), fetched.stream().map(GetText::line).toList());
  }

  private static String line(Fetched fetched) {
    return fetched.name()
        + ": "
        + fetched.path()
        + ", "
        + Quantity.bytes(fetched.bytes())
        + (fetched.wasThere() ? ", was there" : "");
  }

  static String of(GetRun.Listing listing) {
    List<String> lines = new ArrayList<>();
    for (GetRun.Entry entry : listing.entries()) {
      String unfinished =
          entry.unfinishedBytes() == 0
              ? ""
              : " (and " + Quantity.size(entry.unfinishedBytes()) + " of an unfinished fetch)";
      lines.add(
          String.format(
              Locale.ROOT,
              "%-7s  %-40s  %10s  %s%s",
              entry.kind(),
              entry.name(),
              Quantity.size(entry.bytes()),
              entry.path(),
              unfinished));
    }
    return lines.isEmpty()
        ? "nothing yet, in " + listing.home() + " and " + listing.hub()
        : String.join(System.lineSeparator(), lines);
  }
}
