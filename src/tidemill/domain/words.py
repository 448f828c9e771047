"""The words run names are made of: ours, plain, and kind to read on a screen at night."""
# ruff: noqa: SIM905 - a paragraph of words reads better than a column of literals

from __future__ import annotations

from typing import Final

ADJECTIVES: Final = tuple(
    """
    able airy alert amber ample apt arctic ardent autumn azure balmy beaming blithe bold bonny bouncy brave breezy
    bright brisk bubbly busy calm candid careful cheery chipper civil clear clever cloudy coastal copper coral cosmic
    cosy crafty crimson crisp curious dainty dapper daring dashing dauntless deft dewy eager early earnest easy
    elegant emerald fabled fair faithful famous fearless festive fleet fluent fond frank free fresh frosty gallant
    gentle gifted glad gleaming golden good graceful grand grateful green handy happy hardy hazel hearty helpful
    honest hopeful humble icy indigo intrepid ivory jaunty jolly jovial joyful keen kind lavish lean leafy level light
    lilac lively lofty loyal lucid lucky lunar maple marble mellow merry mighty mild mindful misty modest mossy
    musical neat new nifty nimble noble oaken ochre olive opal open orderly pearly peppy placid plucky plum polite
    proud prudent quaint quick quiet radiant rapid rosy royal ruby rustic sage sandy sapphire scarlet secure serene
    sharp shiny silent silky silver sincere sleek smart smooth snowy snug solar solid sparkling spirited sprightly
    spry stable starry steady stellar stoic sturdy sunny superb supple sure swift tactful tawny teal thankful thrifty
    tidal tidy topaz tranquil trim true trusty upbeat velvet verdant violet vivid warm watchful wavy wise witty woolly
    young zany zealous zesty
    """.split()
)

ANIMALS: Final = tuple(
    """
    aardvark addax albatross alpaca antelope armadillo auk avocet axolotl badger barnacle basilisk bass bat bear beaver
    bee beetle bison bittern boar bobcat bongo bream buffalo bunting butterfly buzzard camel capybara caribou cassowary
    cat catfish chamois cheetah chickadee chinchilla chipmunk cicada civet clam cockatoo cod condor coot coral
    cormorant cougar cow coyote crab crane cricket crow cuckoo curlew deer dingo dipper dogfish dolphin donkey
    dormouse dove dragonfly duck dugong dunlin eagle echidna eel egret eider eland elephant elk emu ermine falcon
    ferret finch firefly flamingo flounder fox frog gannet gazelle gecko gerbil gibbon giraffe gnu goat goldfinch
    goose gopher goshawk grebe grouse guillemot gull haddock halibut hamster hare harrier hawk hedgehog heron herring
    hippo hoopoe horse hummingbird ibex ibis iguana impala jackal jackdaw jaguar jay kangaroo kestrel kingfisher kite
    kiwi koala kudu ladybird lamprey lapwing lark lemming lemur leopard limpet linnet lion lizard llama lobster loon
    lynx macaw magpie mallard manatee mandrill marlin marmot marten martin meerkat mink mole mongoose moose moth mouse
    mule mullet mussel narwhal newt nightingale nightjar ocelot octopus okapi opossum oriole oryx osprey ostrich otter
    owl ox oyster panda pangolin panther parrot partridge pelican penguin perch petrel pheasant pigeon pika pike
    pipit platypus plover polecat pony porpoise ptarmigan puffin puma quail quokka rabbit raccoon raven ray
    redpoll reindeer rhino robin rook salamander salmon sandpiper seahorse seal shrew shrike skate skua skylark
    sloth snail snipe sparrow squid squirrel starfish starling stoat stork sturgeon swallow swan swift tamarin tapir
    tench tern thrush tiger toad tortoise toucan trout tuna turbot turkey turtle vole wagtail wallaby walrus warbler
    waxwing weasel whale wheatear whelk wigeon wildcat wolf wolverine wombat woodcock woodpecker wren yak zebra
    """.split()
)
