"""Sweeps: many searches of one space, a process and a folder for each, and one report over all of them.

A point is one search. Its folder is the truth: it has a `result.json`, written whole or not at all, once the point is
done. Optuna's study is the queue that workers take points from, and can be made again from the folders at any time.
What a worker needs (`plan`, `places`, `index`, `worker`) does not load torch: the searches do, each in its process.
"""
