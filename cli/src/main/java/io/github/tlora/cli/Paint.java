package io.github.tlora.cli;

/**
 * Colours, sparingly.
 *
 * @param isOn whether there are any
 */
record Paint(boolean isOn) {
  static final Paint NONE = new Paint(false);

  String bold(String text) {
    return styled("1", text);
  }

  String red(String text) {
    return styled("31", text);
  }

  String yellow(String text) {
    return styled("33", text);
  }

  private String styled(String code, String text) {
    return isOn ? "\033[" + code + "m" + text + "\033[0m" : text;
  }
}
