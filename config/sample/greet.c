// Greets everybody it is told of, or the world.
#include <stdio.h>

int main(int count, char** names) {
  if (count < 2) printf("%s, world! (commit %s)\n", GREETING, COMMIT);
  for (int i = 1; i < count; ++i) printf("%s, %s! (commit %s)\n", GREETING, names[i], COMMIT);
  return 0;
}
