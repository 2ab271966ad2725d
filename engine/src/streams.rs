//! What a clip is made of while it is generated: a stream for the picture, one for the sound, or both. A family has the
//! streams that its models make; the pipeline treats each alike.

use kinora_wire::Failure;
use tch::Tensor;

/// A value for each stream of a clip. The picture comes first wherever the order counts, as when noise is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Streams<T> {
    /// That of the picture. `None`: no picture is made.
    pub picture: Option<T>,
    /// That of the sound. `None`: no sound is made.
    pub sound: Option<T>,
}

/// The latents of a clip: of the picture 1 x c x f x h x w, of the sound in the shape of its family. Their noise, their
/// velocities and their predictions have the same shapes.
pub type Latents = Streams<Tensor>;

impl<T> Streams<T> {
    /// Of a clip without sound.
    pub fn of_picture(picture: T) -> Self {
        Self {
            picture: Some(picture),
            sound: None,
        }
    }

    /// Of a clip without a picture.
    pub fn of_sound(sound: T) -> Self {
        Self {
            picture: None,
            sound: Some(sound),
        }
    }

    /// Of a clip with both.
    pub fn of_both(picture: T, sound: T) -> Self {
        Self {
            picture: Some(picture),
            sound: Some(sound),
        }
    }

    /// The same streams, borrowed.
    pub fn each_ref(&self) -> Streams<&T> {
        Streams {
            picture: self.picture.as_ref(),
            sound: self.sound.as_ref(),
        }
    }

    /// The same streams, to be changed.
    pub fn each_mut(&mut self) -> Streams<&mut T> {
        Streams {
            picture: self.picture.as_mut(),
            sound: self.sound.as_mut(),
        }
    }

    /// The streams that are there, picture first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.picture.iter().chain(&self.sound)
    }

    /// Each stream changed, picture first.
    pub fn map<U>(self, mut change: impl FnMut(T) -> U) -> Streams<U> {
        Streams {
            picture: self.picture.map(&mut change),
            sound: self.sound.map(change),
        }
    }

    /// Each stream of both values, picture first. A stream that one of them lacks is left out.
    pub fn zip<U>(self, other: Streams<U>) -> Streams<(T, U)> {
        Streams {
            picture: self.picture.zip(other.picture),
            sound: self.sound.zip(other.sound),
        }
    }

    /// The picture, for a family that makes nothing else.
    pub fn needed_picture(&self) -> Result<&T, Failure> {
        let picture = self.picture.as_ref();
        picture.ok_or_else(|| {
            Failure::bug("a clip without a picture was given to a network of pictures")
        })
    }
}

impl Latents {
    /// The same tensors once more, not copied.
    pub fn shallow_clone(&self) -> Self {
        self.each_ref().map(Tensor::shallow_clone)
    }

    /// Each stream combined with that of other latents.
    pub fn with(&self, other: &Self, combine: impl Fn(&Tensor, &Tensor) -> Tensor) -> Self {
        let pairs = self.each_ref().zip(other.each_ref());
        pairs.map(|(own, other)| combine(own, other))
    }

    /// Zeros of the same shapes.
    pub fn zeros_like(&self) -> Self {
        self.each_ref().map(Tensor::zeros_like)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_comes_first_and_a_stream_that_one_value_lacks_is_left_out() {
        let both = Streams::of_both(1, 2);
        assert_eq!(both.iter().copied().collect::<Vec<_>>(), [1, 2]);
        let mut order = Vec::new();
        both.map(|value| order.push(value));
        assert_eq!(order, [1, 2]);
        assert_eq!(both.zip(Streams::of_sound(3)), Streams::of_sound((2, 3)));
        assert_eq!(
            Streams::of_picture(1).zip(Streams::of_sound(3)),
            Streams::default()
        );
        assert!(Streams::of_sound(3).needed_picture().is_err());
    }
}
