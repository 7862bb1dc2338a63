// Notes as an ordered table: what a scan gives, in a transaction and outside.
#include "tests/unit/store/store_fixture.h"

namespace kiln::store {
namespace {

std::string namesOf(const Result<std::vector<Note>>& notes) {
  std::string names;
  for (const auto& note : *notes) names += (names.empty() ? "" : " ") + note.name;
  return names;
}

class NotesTest : public StoreTest {
 protected:
  NotesTest() {
    EXPECT_TRUE(create(resourceOf("a")).ok());
    EXPECT_TRUE(create(resourceOf("ab")).ok());
    EXPECT_TRUE(commit([](Txn& txn) -> Status {
                  for (const char* note : {"o/b", "o/a", "o/c", "o\xff", "n/z", "p"}) {
                    if (auto put = txn.putNote(keyOf("a"), note, note); !put) return put;
                  }
                  return txn.putNote(keyOf("ab"), "o/foreign", "v");
                }).ok());
  }
};

TEST_F(NotesTest, AScanGivesThePrefixInByteOrderBothWays) {
  EXPECT_EQ(namesOf(store_->scanNotes(keyOf("a"), {"o/", "", ""}, 10, Order::kAscending)),
            "o/a o/b o/c");
  EXPECT_EQ(namesOf(store_->scanNotes(keyOf("a"), {"o/", "", ""}, 10, Order::kDescending)),
            "o/c o/b o/a");
  EXPECT_EQ(namesOf(store_->scanNotes(keyOf("a"), {}, 10, Order::kAscending)),
            "n/z o/a o/b o/c o\xff p");
}

TEST_F(NotesTest, AScanKeepsToItsBoundsAndLimit) {
  const auto scan = [&](const NoteRange& range, std::size_t limit, Order order) {
    return namesOf(store_->scanNotes(keyOf("a"), range, limit, order));
  };
  EXPECT_EQ(scan({"o/", "o/b", ""}, 10, Order::kAscending), "o/b o/c");
  EXPECT_EQ(scan({"o/", std::string("o/b\0", 4), ""}, 10, Order::kAscending), "o/c");
  EXPECT_EQ(scan({"o/", "", "o/b"}, 10, Order::kDescending), "o/a");
  EXPECT_EQ(scan({"o/", "", ""}, 2, Order::kDescending), "o/c o/b");
  EXPECT_EQ(scan({"o/", "o/c", "o/b"}, 10, Order::kAscending), "");
  EXPECT_EQ(scan({"o/", "p", ""}, 10, Order::kAscending), "");
}

TEST_F(NotesTest, AScanInATransactionSeesItsOwnWrites) {
  EXPECT_TRUE(
      commit([](Txn& txn) -> Status {
        if (auto put = txn.putNote(keyOf("a"), "o/aa", "new"); !put) return put;
        if (auto put = txn.putNote(keyOf("a"), "o/b", "changed"); !put) return put;
        if (auto erased = txn.eraseNote(keyOf("a"), "o/c"); !erased) return erased;
        const auto up = txn.scanNotes(keyOf("a"), {"o/", "", ""}, 10, Order::kAscending);
        EXPECT_EQ(namesOf(up), "o/a o/aa o/b");
        EXPECT_EQ(up->back().value, "changed");
        EXPECT_EQ(namesOf(txn.scanNotes(keyOf("a"), {"o/", "", ""}, 2, Order::kDescending)),
                  "o/b o/aa");
        EXPECT_EQ(namesOf(txn.scanNotes(keyOf("a"), {"o/", "o/aa", "o/b"}, 10, Order::kDescending)),
                  "o/aa");
        EXPECT_EQ(namesOf(txn.scanNotes(keyOf("ab"), {}, 10, Order::kAscending)), "o/foreign");
        return okStatus();
      }).ok());
}

}  // namespace
}  // namespace kiln::store
