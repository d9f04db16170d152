package io.github.tlora;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** This build. */
public final class Version {
  private Version() {}

  /** The project's version, such as {@code 0.1.0}. */
  public static String current() {
    return property("version");
  }

  /**
   * The git commit that was built, with {@code -dirty} where files were changed since; {@code
   * unknown} where there was no git repository.
   */
  public static String revision() {
    return property("revision") + (property("dirty").equals("true") ? "-dirty" : "");
  }

  /** The version of DJL. */
  public static String djl() {
    return property("djl");
  }

  private static String property(String name) {
    try (InputStream stream = Version.class.getResourceAsStream("version.properties")) {
      Properties properties = new Properties();
      properties.load(stream);
      return properties.getProperty(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
