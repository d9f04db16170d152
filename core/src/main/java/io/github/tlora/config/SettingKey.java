package io.github.tlora.config;

import io.github.tlora.Key;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;

/**
 * A key of a group of settings, as the group's record declares it.
 *
 * @param group the record
 * @param name as it is written
 * @param said what its annotation says
 * @param type the type of its values
 * @param byDefault its value where none is given; null where it has none, and for groups
 */
record SettingKey(Class<?> group, String name, Key said, Type type, Object byDefault) {

  /** The keys of a group, in its order. */
  static List<SettingKey> of(Class<?> group) {
    Record defaults = defaults(group);
    return Arrays.stream(group.getRecordComponents())
        .map(component -> of(component, ConfigWriter.read(component, defaults)))
        .toList();
  }

  private static SettingKey of(RecordComponent component, Object byDefault) {
    return new SettingKey(
        component.getDeclaringRecord(),
        Spelling.key(component.getName()),
        component.getAnnotation(Key.class),
        component.getGenericType(),
        Binder.isGroup(component.getType()) ? null : ConfigWriter.plain(byDefault));
  }

  /** The group with nothing given. */
  static Record defaults(Class<?> group) {
    try {
      Object[] nothing = new Object[group.getRecordComponents().length];
      return (Record) Binder.constructor(group).newInstance(nothing);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException(group + " has no defaults", e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot build " + group.getSimpleName(), e);
    }
  }

  /** Whether its value has keys of its own. */
  boolean isGroup() {
    return type instanceof Class<?> one && Binder.isGroup(one);
  }

  /** What it means, and what holds without it. */
  String meaning() {
    return said.value() + (said.unset().isEmpty() ? "" : " Without it: " + said.unset() + ".");
  }

  /** The record and the key, such as {@code RunConfig.task}. */
  String path() {
    return group.getSimpleName() + "." + name;
  }
}
