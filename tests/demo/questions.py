"""Questions to measure with: some that the reference can answer, and some that it cannot.

The unseen ones were written after the search was done; their figures were taken before anything was changed because of
them.
"""

ABOUT_PYTHON = """\
How does the import system find modules?
What happens when an exception is raised in a finally clause?
How are default parameter values evaluated?
What is the difference between is and ==?
How do I define a context manager?
What does yield from do?
How does attribute lookup use descriptors?
What is a metaclass?
how do f-strings format values
What does the global statement do?
When is __del__ called?
How are chained comparisons evaluated?
How does the with statement work?
What is a generator function?
How do I unpack a list in an assignment?
What is the order of evaluation of operands?
How do decorators work?
What are positional-only parameters?
How do I catch multiple exceptions?
What does nonlocal do?
How does pattern matching with match and case work?
What is the difference between __new__ and __init__?
How does slicing work?
What is operator precedence?
What does the lambda keyword do?
When are two objects equal?
How is __getattr__ different from __getattribute__?
What is a coroutine?
How does async for work?
What does the pass statement do?
How do I delete a variable?
What are the rules for variable scope?
How does augmented assignment work?
What is a raw string?
How do I set a breakpoint in the debugger?
How do I format a number with thousands separators?
Can a dictionary key be a list?
What is truthy and falsy in Python?
How does the else clause of a for loop work?
What happens if I modify a list while looping over it?
What is __slots__ for?
How does integer division round?
How do I raise an exception from another exception?
Which objects are hashable?
What is the Ellipsis object?
How does name mangling work for private attributes?
What are annotations of function parameters?
How do I compare two strings?
What is an iterator?
how to make a class callable
What is the walrus operator
What does the assert statement check?
How is a string literal continued over two lines?
What are escape sequences in string literals?
How do I write a hexadecimal integer literal?
What is an imaginary literal?
How do keyword arguments work in a function call?
Can I pass a dictionary as keyword arguments?
What happens if a required argument is missing in a call?
What does the break statement do in a nested loop?
What does continue do inside a try statement?
How does the while loop's else clause work?
What is a list comprehension?
What is the difference between mutable and immutable objects?
When is an object garbage collected?
What is the type of None?
How are class instances created?
What does super do in attribute lookup?
How do I customize attribute access in a class?
What is a bound method?
How is the method resolution order computed?
Which methods emulate a container?
How do I overload the addition operator?
What are the reflected operand methods like __radd__?
How does the in operator test membership?
What does not in return?
How is the power operator evaluated?
What are bitwise operations?
How does shifting work?
What is a conditional expression?
How do boolean operations short-circuit?
What values are considered false?
How do I reraise an exception?
What is exception chaining?
How do I handle exception groups with except*?
What is a traceback object?
How do asynchronous generators work?
Can I use await outside a coroutine function?
What is an asynchronous context manager?
How do I import a name from a package relatively?
What does import star do?
What is a future statement?
What is a free variable?
How are names resolved in a class block?
What is the difference between a local and a global variable?
How do I step through code in pdb?
How do I print the value of an expression in the debugger?
What are soft keywords?
Which identifiers are reserved?
What is the meaning of a single underscore name?
How do I remove whitespace from a string?
How do I split a string into words?
How do I join a list of strings?
How do I find a substring in a string?
How can I sort a list in reverse order?
How do I merge two dictionaries?
What does the update method of a dict do?
What is a dictionary view object?
How do I create a tuple with one item?
What is a range object?
How do I specify the precision of a float when formatting?
""".splitlines()
"""What people ask of a language reference; a few in words that it does not use."""

ABOUT_PYTHON_UNSEEN = """\
How do I write a docstring for a class?
What does the return statement do in a generator?
How are arguments matched to parameters?
What is a keyword-only argument?
How is a subscript expression evaluated?
What does an assignment to a slice do?
When is StopIteration raised?
How do I iterate over an object with __getitem__?
What is a non-data descriptor?
How does __set_name__ get called?
What is the difference between bytes and bytearray?
Which strings can be concatenated at compile time?
How do I write a multi-line string?
What does a trailing comma do in an expression list?
How are complex numbers written?
What is integer overflow in Python?
How do octal literals look?
Is the order of keys in a dictionary preserved?
How do I check that a key is in a dictionary?
What happens when a dictionary is changed during iteration?
How can a class support the len function?
What is an instance dictionary?
How do class decorators work?
What does the metaclass keyword argument do?
How does __init_subclass__ work?
What is a generic class?
How do I suppress the exception context?
What does the assert statement do with -O?
How do I list the source code in pdb?
How do I define an alias in the debugger?
How do I set a conditional breakpoint?
What is the __annotations__ attribute?
How do guards work in case blocks?
What is a wildcard pattern?
How does a capture pattern bind names?
What is a class pattern?
How do I convert a string to upper case?
How do I check if a string contains only digits?
How do I replace text in a string?
How do I encode a string as bytes?
""".splitlines()
"""As above, unseen."""

ABOUT_OTHER_THINGS = """\
When should I prune roses?
How do I grow tomatoes?
Which soil do tulips need?
How do I plant trees?
How often should I water my lawn?
When do apple trees bloom?
Which plants like shade?
How do I get rid of weeds between paving stones?
How deep do I plant potatoes?
What kills aphids on leaves?
How long do I boil an egg?
What is the best recipe for pancakes?
How do I bake sourdough bread?
Which wine goes with fish?
How do I cook rice without burning it?
Who won the world cup in 1998?
What are the rules of chess?
How many players are on a football team?
Who was the first emperor of Rome?
When did the second world war end?
Why did the Soviet Union collapse?
What is the capital of Australia?
How long is a flight from Paris to Tokyo?
Do I need a visa to travel to India?
What is the statute of limitations for theft?
How do I file a patent?
Can my landlord raise the rent?
What are the symptoms of the flu?
How is diabetes treated?
How much sleep do children need?
How do I lose weight?
What causes earthquakes?
How far away is the moon?
Why is the sky blue?
How does photosynthesis work?
How do I change a flat tire?
How do I remove a red wine stain from a carpet?
How do I train my dog to sit?
What should I name my cat?
How do I play the guitar?
What is the meaning of life?
Who wrote Hamlet?
How do I invest in stocks?
What is the interest rate of a mortgage?
How do I return a pair of shoes?
How do I raise a child?
Which exercises strengthen the back?
How do I write a letter of complaint?
What time does the train leave?
How do I build a tree house?
How do I knit a scarf?
When is the best time to visit Japan?
How do I apply for a student loan?
What is the tallest mountain in Africa?
How do volcanoes erupt?
Who painted the Mona Lisa?
What year did the Titanic sink?
How many calories are in a banana?
How do I make tomato soup?
Which spices go into curry?
How do I sharpen a kitchen knife?
How do I descale a kettle?
Can I freeze cooked chicken?
How long does it take to roast a turkey?
How do I fertilise orchids?
When do I sow carrots?
How do I compost kitchen waste?
Why are my cucumber plants turning yellow?
How do I repot a cactus?
What is the offside rule in soccer?
How many sets are there in a tennis match?
Who holds the marathon world record?
How do I improve my golf swing?
How do I stretch before running?
What muscles does a squat train?
What is the treatment for a sprained ankle?
How do vaccines protect us?
What does a high fever mean in adults?
Is aspirin safe during pregnancy?
How do I lower my blood pressure?
What is the penalty for speeding?
How do I write a will?
Can I break a rental contract early?
What is the difference between civil and criminal law?
How do I register a trademark?
Who was Cleopatra?
What caused the French Revolution?
When was the printing press invented?
Who discovered penicillin?
How did the Roman Empire fall?
How do I get from the airport to the city centre?
What should I pack for a beach holiday?
Which countries border Switzerland?
How do I renew my passport?
What currency is used in Norway?
How do black holes form?
What is the speed of light?
Why do leaves change colour in autumn?
How do bees make honey?
What do pandas eat?
How do I paint a wooden fence?
How do I fix a leaking tap?
How do I wire a light switch?
What size screws do I need for drywall?
How do I tune a piano?
What is a haiku?
How do I negotiate a salary?
How do I calculate compound interest?
What is inflation in economics?
How do I comfort a crying baby?
""".splitlines()
"""Gardening, cooking, sport, history, law, medicine, travel and the like."""

ABOUT_OTHER_THINGS_UNSEEN = """\
How do I get a stain out of silk?
When should I harvest pumpkins?
How do I keep slugs off lettuce?
What is the best mulch for strawberries?
How do I graft an apple tree?
Do hydrangeas like full sun?
How often do I feed a goldfish?
How do I house-train a puppy?
How do I make mayonnaise?
What temperature is medium rare?
How do I store fresh basil?
What goes into a margarita?
How do I poach salmon?
Who scored the most goals in a season?
What is a birdie in golf?
How long is an Olympic swimming pool?
How do I serve in volleyball?
Who signed the Declaration of Independence?
What was the Black Death?
When did Rome become a republic?
Who built the pyramids?
What is habeas corpus?
How do I contest a parking fine?
Can an employer read my letters?
What is the age of consent in Spain?
How is pneumonia diagnosed?
What are the side effects of ibuprofen?
How do I treat a burn?
Why does my knee hurt when I run?
Which train goes from Berlin to Prague?
How much luggage may I check in?
Where can I see the northern lights?
How do I choose a tent?
What is dark matter?
How do magnets work?
How tall is the Eiffel Tower?
How do I change the oil in my car?
How do I read sheet music?
Which paint is best for a bathroom?
How do I ask for a pay rise?
""".splitlines()
"""As above, unseen."""

IN_WORDS_OF_PYTHON = """\
How do I import a car into Germany?
How do I return a library book late?
What is the best class of airline ticket?
How do I file an exception to a speeding ticket?
Can I pass my driving test on the first try?
How long is a piece of string?
What do pythons eat?
How do I catch a python in the garden?
How do I break a bad habit?
How do I raise chickens?
Which objects can I take on a plane?
What type of dog is best for children?
How do I define success?
What is the value of a gold ring?
How do I match a shirt with a tie?
What is the order of the planets?
How do I write a good story with strong characters?
How do I keep my house clean?
How do I set the table?
What methods are there to stop smoking?
How do I call a taxi?
Where can I find a list of hotels?
How do I handle an argument with my wife?
How do I yield to oncoming traffic?
What is the scope of a building inspection?
How do I make a decorator cake?
How do I find a good descriptor for wine?
Is a global pandemic likely to happen again?
How do I compare two mobile phones?
How do I sort my laundry?
""".splitlines()
"""Questions about other things, in words that the reference uses too: the hardest to refuse."""
