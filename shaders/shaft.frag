// Added light: soft where the side is seen edge-on, stronger towards the roof, brighter against the sun.
#include "look.glsl"
in vec3 site;
in vec3 normal;
uniform vec2 shaft_z; // floor and roof
out vec4 color;

void main() {
    vec3 v = camera_position - site;
    float d = length(v), height = (site.z - shaft_z.x) / (shaft_z.y - shaft_z.x);
    v /= d;
    float side = smoothstep(0.02, 0.5, abs(dot(normalize(normal), v)));
    float soft = (0.35 + 0.65 * height) * smoothstep(0.0, 0.12, height) * smoothstep(1.0, 7.0, d);
    color = vec4(vec3(0.026, 0.0245, 0.021) * side * soft * (0.75 + 0.9 * pow(max(dot(-v, sun_direction), 0.0), 3.0)), 0.0);
}
