package io.github.tlora.hub;

import io.github.tlora.UserError;
import java.util.function.Function;

/**
 * What is fetched, as messages speak of it.
 *
 * @param name as the user calls it
 * @param refusal what an answer other than the file means
 * @param byHand what to do without a network
 */
record Wanted(String name, Function<Answer, UserError> refusal, String byHand) {}
