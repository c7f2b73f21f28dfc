package pattern_test

// Faults that were put into the package one by one, each of which some test
// here catches. Whoever changes the engine may try them again.
//
// What a state is
//   - a loop of a class makes earlier places superfluous, as only * does
//   - the last * of one pattern makes places of the others superfluous
//   - a * takes one unit at most; leaving out an optional unit leaves out all to come
//   - a place that any pattern to avoid accepts is overlooked at the end of a word
//   - only the first of All has to accept
//
// Which letters are tried
//   - for the wildcards a letter that a pattern to avoid asks for by name
//   - no letter for the wildcards alone; any letter for them, also half of an astral one
//   - no member of a class whose letters are all named; no common part of two classes
//   - capital letters left out where case is ignored; a letter in any case meets no class
//
// What is shortest
//   - states closed when they are found; the antichain keeps the larger set
//   - a * counts as a unit still to come; the bound is one too low
//   - the first quick word is taken for a shortest one; shrinking doesn't look
//
// What is read off two patterns
//   - a gap, or the last one, holds less than its ?
//   - patterns meet when their ends agree, also without a *
//   - the failure of the quick words is a proof beside ? too
//   - of All the wider pattern is kept; patterns are apart when their literal texts differ
//   - patterns of which one may end earlier are apart
//
// What else there is
//   - of the two readings of İ one is asked
//   - a part of a budget is free; a search that could not begin finds nothing
//   - the index misses the heads that are one unit shorter; of equal patterns none stays
