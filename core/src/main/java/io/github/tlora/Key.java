package io.github.tlora;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What a setting means and which values it takes: the source of the schema that editors use, of the
 * reference page, and of {@code tlora config show}. The bounds repeat what the record checks; a
 * test compares the two.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Key {
  /** One line of plain English. */
  String value();

  /** What holds while the setting has no value of its own; empty where the default is a value. */
  String unset() default "";

  /** The least value, of each item in a list or map; NaN without one. */
  double min() default Double.NaN;

  /** The greatest value. */
  double max() default Double.NaN;

  /** The value that it must be above. */
  double above() default Double.NaN;

  /** The value that it must be below. */
  double below() default Double.NaN;

  /** A regular expression that the whole text fits; empty without one. */
  String pattern() default "";
}
