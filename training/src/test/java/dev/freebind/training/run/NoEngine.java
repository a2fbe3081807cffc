package dev.freebind.training.run;

import java.lang.reflect.Proxy;

/** Engines that a test does not need: every call fails it. */
final class NoEngine {

    private NoEngine() {}

    static <T> T of(Class<T> engine) {
        return engine.cast(
                Proxy.newProxyInstance(engine.getClassLoader(), new Class<?>[] {engine}, (proxy, method, arguments) -> {
                    throw new AssertionError(method + " was called");
                }));
    }
}
