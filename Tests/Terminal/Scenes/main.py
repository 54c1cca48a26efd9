"""Plays scenes and says what became of each. Ends with 0 if all went well."""

import sys
import time
import traceback

import people
import scripts
import stage


def scenes():
    for module in (people, scripts):
        for name, scene in list(vars(module).items()):
            if name.startswith("scene_"):
                yield name.removeprefix("scene_").replace("_", " "), scene


def main():
    words = sys.argv[1:]
    failures = played = 0
    for name, scene in scenes():
        if words and not any(word in name for word in words):
            continue
        played += 1
        began = time.monotonic()
        set_up = stage.Stage()
        try:
            scene(set_up)
            print(f"ok    {name} ({time.monotonic() - began:.1f} s)", flush=True)
        except Exception:
            failures += 1
            print(f"FAIL  {name}", flush=True)
            traceback.print_exc(file=sys.stdout)
        finally:
            set_up.end()
    print(f"{played} scenes, {failures} failed")
    return 1 if failures or not played else 0


sys.exit(main())
